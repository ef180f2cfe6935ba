import { type DeclarationHistory } from './as3/store.js';
import { type DeviceState } from './device/state.js';

/** What a BIG-IP writes into an archive (UCS): its configuration, and what AS3 stored in it. */
export interface Archive {
  readonly device: DeviceState;
  readonly declarations: DeclarationHistory;
}
