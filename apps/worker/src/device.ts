import { BigipDevice } from '#apply/adapters/bigip-device';
import { HttpsClient } from '#apply/adapters/https-client';
import { readBigipCredentials } from '#platform/bigip-credentials';
import { type Clock } from '#platform/clock';
import { type BigipSettings } from '#platform/settings-sections';
import { readFile } from 'node:fs/promises';

/** Silence for so long ends a request, in milliseconds; AS3 answers an asynchronous declare within seconds. */
const timeout = 60_000;

/** The BIG-IP of the settings. Credentials are read for each request, the CA's certificate once. */
export async function connectDevice(
  settings: BigipSettings,
  clock: Clock,
): Promise<{ device: BigipDevice; close(): void }> {
  const { url, tls, credentials } = settings;
  const client = new HttpsClient({
    url,
    credentials: () => readBigipCredentials(credentials),
    tls: tls.verify
      ? { verify: true, ca: tls.caFile === undefined ? null : await readFile(tls.caFile, 'utf8') }
      : { verify: false },
    timeout,
  });
  return {
    device: new BigipDevice(client, clock),
    close: () => {
      client.close();
    },
  };
}
