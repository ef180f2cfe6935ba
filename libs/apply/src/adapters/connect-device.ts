import { readBigipCredentials } from '#platform/bigip-credentials';
import { type Clock } from '#platform/clock';
import { type BigipSettings } from '#platform/settings-sections';
import { readFile } from 'node:fs/promises';
import { BigipDevice } from './bigip-device.js';
import { BigipInspection } from './bigip-inspection.js';
import { HttpsClient, type HttpsClientOptions } from './https-client.js';
import { PairClient } from './pair-client.js';

/** Silence for so long ends a request, in milliseconds; AS3 answers an asynchronous declare within seconds. */
const timeout = 60_000;

export interface DeviceConnection {
  readonly device: BigipDevice;
  readonly inspection: BigipInspection;
  close(): void;
}

/** The BIG-IP of the settings, or the pair. Credentials are read for each request, the CA's certificate once. */
export async function connectDevice(settings: BigipSettings, clock: Clock): Promise<DeviceConnection> {
  const { urls, credentials } = settings;
  const tls: HttpsClientOptions['tls'] = settings.tls.verify
    ? { verify: true, ca: settings.tls.caFile === undefined ? null : await readFile(settings.tls.caFile, 'utf8') }
    : { verify: false };
  const connect = (url: string) =>
    new HttpsClient({ url, credentials: () => readBigipCredentials(credentials), tls, timeout });
  const [first, ...others] = urls;
  const units: readonly [HttpsClient, ...HttpsClient[]] = [connect(first), ...others.map(connect)];
  const client = new PairClient(units);
  return {
    device: new BigipDevice(client, clock),
    inspection: new BigipInspection(client),
    close: () => {
      for (const unit of units) unit.close();
    },
  };
}
