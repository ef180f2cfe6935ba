import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER, APP_PIPE } from '@nestjs/core';
import { API_OPTIONS, type ApiOptions } from './api-options.js';
import { CommandsController } from './commands.controller.js';
import { DescriptionController } from './description.controller.js';
import { EventsController } from './events.controller.js';
import { HistoryController } from './history.controller.js';
import { OperationsController } from './operations.controller.js';
import { ProblemFilter } from './problem.filter.js';
import { ProjectionsController } from './projections.controller.js';
import { RequestPipe } from './request.pipe.js';

/** Audit and mapping queries, operations, health and metrics over HTTP. */
@Module({})
export class ApiModule {
  static forRoot(options: ApiOptions): DynamicModule {
    return {
      module: ApiModule,
      controllers: [
        ProjectionsController,
        HistoryController,
        EventsController,
        CommandsController,
        DescriptionController,
        OperationsController,
      ],
      providers: [
        { provide: API_OPTIONS, useValue: options },
        { provide: APP_PIPE, useValue: new RequestPipe() },
        { provide: APP_FILTER, useValue: new ProblemFilter(options.logger, options.health) },
      ],
    };
  }
}
