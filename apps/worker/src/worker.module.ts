import { type DynamicModule, Module } from '@nestjs/common';
import { WORKER_OPTIONS, type WorkerOptions } from './worker-options.js';
import { WorkerService } from './worker.service.js';

/** Takes dirty tenants, compiles, declares, verifies, commits. */
@Module({})
export class WorkerModule {
  static forRoot(options: WorkerOptions): DynamicModule {
    return { module: WorkerModule, providers: [{ provide: WORKER_OPTIONS, useValue: options }, WorkerService] };
  }
}
