import { Controller, Get, UseGuards } from '@nestjs/common';
import { LoopbackGuard } from './loopback.guard.js';
import { openApiDocument } from './openapi.js';

/** The API tells what it is. */
@Controller('api/v1')
@UseGuards(LoopbackGuard)
export class DescriptionController {
  @Get('openapi.json')
  openapi(): object {
    return openApiDocument();
  }
}
