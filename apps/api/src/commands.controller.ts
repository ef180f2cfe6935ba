import {
  approveTakeoverBody,
  type ApproveTakeoverBody,
  releaseBody,
  type ReleaseBody,
  removeTenantBody,
  type RemoveTenantBody,
  resyncBody,
  type ResyncBody,
  retryBody,
  type RetryBody,
  rollbackBody,
  type RollbackBody,
  rollbackQuery,
  type RollbackQuery,
} from '#report/api/requests';
import { type CommandActor, type CommandReceipt, type RetryReceipt, type Rollback } from '#project/ports/commands';
import { Body, Controller, Get, HttpCode, Inject, Post, Query, Req, UseGuards } from '@nestjs/common';
import { type FastifyRequest } from 'fastify';
import { API_OPTIONS, type ApiOptions } from './api-options.js';
import { LoopbackGuard } from './loopback.guard.js';

interface OfDevice {
  readonly device: string;
}

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
  ): Promise<CommandReceipt & OfDevice> {
    const actor = actorOf(request);
    return this.given('resync', device, actor, await this.options.commands.requestResync({ device, tenants, actor }));
  }

  @Post('retry')
  @HttpCode(202)
  async retry(
    @Body({ schema: retryBody }) { of, reason, device = this.options.deviceName }: RetryBody,
    @Req() request: FastifyRequest,
  ): Promise<RetryReceipt & OfDevice> {
    const actor = actorOf(request);
    const command = { device, of, reason: reason ?? null, actor };
    return this.given('retry', device, actor, await this.options.commands.requestRetry(command));
  }

  /** What a rollback would do, and nothing else. */
  @Get('rollback')
  async rollbackPreview(
    @Query({ schema: rollbackQuery }) { tenant, version, time, device = this.options.deviceName }: RollbackQuery,
  ): Promise<Rollback & OfDevice> {
    const to = version ?? time ?? 0;
    return { device, ...(await this.options.commands.previewRollback({ device, tenant, to })) };
  }

  @Post('rollback')
  @HttpCode(202)
  async rollback(
    @Body({ schema: rollbackBody }) { tenant, version: to, reason, device = this.options.deviceName }: RollbackBody,
    @Req() request: FastifyRequest,
  ): Promise<Rollback & CommandReceipt & OfDevice> {
    const actor = actorOf(request);
    const receipt = await this.options.commands.requestRollback({ device, tenant, to, reason, actor });
    return this.given('rollback', device, actor, receipt);
  }

  @Post('unpin')
  @HttpCode(202)
  async unpin(
    @Body({ schema: releaseBody }) { tenant, reason, device = this.options.deviceName }: ReleaseBody,
    @Req() request: FastifyRequest,
  ): Promise<CommandReceipt & OfDevice> {
    const actor = actorOf(request);
    return this.given(
      'unpin',
      device,
      actor,
      await this.options.commands.requestRelease({ device, tenant, reason, actor }),
    );
  }

  /** Whether it may be, the worker finds out on the device; `GET removals` tells what came of it. */
  @Post('tenants/remove')
  @HttpCode(202)
  async removeTenant(
    @Body({ schema: removeTenantBody })
    { tenant, dryRun, reason, device = this.options.deviceName }: RemoveTenantBody,
    @Req() request: FastifyRequest,
  ): Promise<CommandReceipt & OfDevice> {
    const actor = actorOf(request);
    const command = { device, tenant, dryRun, reason: reason ?? null, actor };
    const receipt = await this.options.commands.requestRemoval(command);
    return this.given('remove-tenant', device, actor, receipt);
  }

  /** Lets the worker declare a tenant that others filled, as it was shown. */
  @Post('takeovers/approve')
  @HttpCode(202)
  async approveTakeover(
    @Body({ schema: approveTakeoverBody })
    { tenant, digest, device = this.options.deviceName }: ApproveTakeoverBody,
    @Req() request: FastifyRequest,
  ): Promise<CommandReceipt & OfDevice> {
    const actor = actorOf(request);
    const receipt = await this.options.commands.approveTakeover({ device, tenant, digest, actor });
    return this.given('approve-takeover', device, actor, receipt);
  }

  /** The command is recorded: the worker is woken, and the caller told. */
  private async given<Receipt extends CommandReceipt>(
    command: string,
    device: string,
    actor: CommandActor,
    receipt: Receipt,
  ): Promise<Receipt & OfDevice> {
    const { hint, logger } = this.options;
    const { position, tenants } = receipt;
    logger.info({ command, device, position, tenants, actor }, 'a command was given');
    await hint(device).catch((error: unknown) => {
      logger.warn({ error, device }, 'the hint was lost; the sweep finds the work');
    });
    return { ...receipt, device };
  }
}

/** Nobody has proved who they are: what is known is what the client calls itself, and that it is on this machine. */
function actorOf(request: FastifyRequest): CommandActor {
  const name = request.headers['user-agent']?.slice(0, 200) ?? 'unknown';
  const address = request.ip.replace(/^::ffff:/, '');
  return { name, origin: `api, not authenticated, from ${address}` };
}
