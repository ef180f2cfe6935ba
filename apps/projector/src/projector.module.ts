import { type DynamicModule, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { type DataSource } from 'typeorm';
import { PROJECTOR_OPTIONS, type ProjectorAppOptions } from './projector-options.js';
import { ProjectorService } from './projector.service.js';

/** Turns the messages of one cluster into events and projections. Takes over the data source, and ends it with itself. */
@Module({})
export class ProjectorModule {
  static forRoot(options: ProjectorAppOptions, source: DataSource): DynamicModule {
    return {
      module: ProjectorModule,
      imports: [
        TypeOrmModule.forRootAsync({
          useFactory: () => source.options,
          dataSourceFactory: () => Promise.resolve(source),
        }),
      ],
      providers: [{ provide: PROJECTOR_OPTIONS, useValue: options }, ProjectorService],
    };
  }
}
