import { type Position } from '#core/desired';

/** What operators may ask for. Each command is an event in the log before it has any effect. */
export interface OperatorCommands {
  /**
   * Asks for a declaration even if nothing changed. The caller then hints at the device.
   * @throws UnknownTenant when the device has no such tenant, or no tenants at all.
   */
  requestResync(command: ResyncCommand): Promise<CommandReceipt>;
}

export interface ResyncCommand {
  readonly device: string;
  readonly tenants: readonly string[] | 'all';
  readonly actor: CommandActor;
}

/** Who asks, and from where. */
export interface CommandActor {
  readonly name: string;
  /** `api` or `cli`, with what is known of the caller's address. */
  readonly origin: string;
}

export interface CommandReceipt {
  /** Where the command stands in the event log. */
  readonly position: Position;
  readonly tenants: readonly string[];
}

export class UnknownTenant extends Error {
  override readonly name = 'UnknownTenant';

  constructor(
    readonly device: string,
    /** Null when the device has none at all. */
    readonly tenant: string | null,
  ) {
    super(
      tenant === null
        ? `the device "${device}" has no tenants yet`
        : `the device "${device}" has no tenant "${tenant}"; \`ces tenants\` lists them`,
    );
  }
}
