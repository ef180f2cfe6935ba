import { dataSource, dataSourceOptions } from '#project/adapters/data-source';
import { type DynamicModule, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { PROJECTOR_OPTIONS, type ProjectorAppOptions } from './projector-options.js';
import { ProjectorService } from './projector.service.js';

/** One message at a time is projected; the rest is for health and metrics. */
const poolSize = 3;

/** Turns the messages of one cluster into events and projections. */
@Module({})
export class ProjectorModule {
  static forRoot(options: ProjectorAppOptions): DynamicModule {
    const url = options.settings.database.url.reveal();
    return {
      module: ProjectorModule,
      imports: [
        TypeOrmModule.forRootAsync({
          useFactory: () => ({ ...dataSourceOptions(url, { poolSize }), retryAttempts: 0 }),
          dataSourceFactory: () => dataSource(url, { poolSize }),
        }),
      ],
      providers: [{ provide: PROJECTOR_OPTIONS, useValue: options }, ProjectorService],
    };
  }
}
