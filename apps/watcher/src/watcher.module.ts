import { type DynamicModule, Module } from '@nestjs/common';
import { WATCHER_OPTIONS, type WatcherOptions } from './watcher-options.js';
import { WatcherService } from './watcher.service.js';

/** Watches one cluster while it leads: publishes changes, writes rule statuses and Events back. */
@Module({})
export class WatcherModule {
  static forRoot(options: WatcherOptions): DynamicModule {
    return { module: WatcherModule, providers: [{ provide: WATCHER_OPTIONS, useValue: options }, WatcherService] };
  }
}
