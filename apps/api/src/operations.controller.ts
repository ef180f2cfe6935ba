import { Controller, Get, Inject, Res } from '@nestjs/common';
import { type FastifyReply } from 'fastify';
import { API_OPTIONS, type ApiOptions } from './api-options.js';

/** Health and metrics: answered to everybody, for they hold nothing of the policy. */
@Controller()
export class OperationsController {
  constructor(@Inject(API_OPTIONS) private readonly options: ApiOptions) {}

  @Get('healthz')
  healthz(): { status: 'ok' } {
    return { status: 'ok' };
  }

  @Get('readyz')
  async readyz(@Res() reply: FastifyReply): Promise<void> {
    const report = await this.options.health.report();
    await reply.code(report.ready ? 200 : 503).send(report);
  }

  @Get('metrics')
  async metrics(@Res() reply: FastifyReply): Promise<void> {
    const { metrics } = this.options;
    await reply.type(metrics.contentType).send(await metrics.render());
  }
}
