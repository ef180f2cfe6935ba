import { resyncBody, type ResyncBody } from '#report/api/requests';
import { type CommandActor, type CommandReceipt } from '#project/ports/commands';
import { Body, Controller, HttpCode, Inject, Post, Req, UseGuards } from '@nestjs/common';
import { type FastifyRequest } from 'fastify';
import { API_OPTIONS, type ApiOptions } from './api-options.js';
import { LoopbackGuard } from './loopback.guard.js';

/** What operators may ask for. Each command is in the event log before it has any effect. */
@Controller('api/v1')
@UseGuards(LoopbackGuard)
export class CommandsController {
  constructor(@Inject(API_OPTIONS) private readonly options: ApiOptions) {}

  /** Declares again even if nothing changed: after a restore of the BIG-IP, for instance. */
  @Post('resync')
  @HttpCode(202)
  async resync(
    @Body({ schema: resyncBody }) { tenants, device = this.options.deviceName }: ResyncBody,
    @Req() request: FastifyRequest,
  ): Promise<CommandReceipt & { device: string }> {
    const { commands, hint, logger } = this.options;
    const actor = actorOf(request);
    const receipt = await commands.requestResync({ device, tenants, actor });
    logger.info({ device, ...receipt, actor }, 'resync requested');
    await hint(device).catch((error: unknown) => {
      logger.warn({ error, device }, 'the hint was lost; the sweep finds the work');
    });
    return { device, ...receipt };
  }
}

/** Nobody has proved who they are: what is known is what the client calls itself, and that it is on this machine. */
function actorOf(request: FastifyRequest): CommandActor {
  const name = request.headers['user-agent']?.slice(0, 200) ?? 'unknown';
  const address = request.ip.replace(/^::ffff:/, '');
  return { name, origin: `api, not authenticated, from ${address}` };
}
