import { Column, Entity, PrimaryColumn } from 'typeorm';
import { wholeNumber } from './whole-number.js';

/** Who may apply to a device, and until when by the database's clock. The epoch fences off earlier holders. */
@Entity('device_lease')
export class DeviceLeaseEntity {
  @PrimaryColumn({ type: 'text' })
  device!: string;

  @Column({ type: 'text' })
  holder!: string;

  @Column({ type: 'bigint', transformer: wholeNumber })
  epoch!: number;

  @Column({ name: 'expires_at', type: 'timestamptz' })
  expiresAt!: Date;
}
