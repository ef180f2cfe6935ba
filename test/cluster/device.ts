import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { HttpsClient } from './https-client.js';
import { Program } from './program.js';

const username = 'admin';

const verdict = z.object({ action: z.string(), decidedBy: z.unknown().nullable() });

/** Where a packet comes from and goes to. */
export interface Packet {
  readonly source: string;
  readonly destination: string;
  readonly port?: number;
}

/** The simulated BIG-IP in a process of its own, reached over TLS. */
export class Device {
  private constructor(
    readonly url: string,
    /** PEM of the authority that signed its certificate. */
    readonly authority: string,
    private readonly program: Program,
    private readonly client: HttpsClient,
  ) {}

  /** @param directory where its files go @param partitions each with a route domain of the same position, from 2 on */
  static async start(directory: string, password: string, partitions: readonly string[]): Promise<Device> {
    const [content, caFile] = [join(directory, 'device.json'), join(directory, 'device-ca.pem')];
    const routeDomains = partitions.map((name, index) => ({ path: `/${name}/rd${index + 2}`, id: index + 2 }));
    await writeFile(content, JSON.stringify({ partitions: partitions.map((name) => ({ name })), routeDomains }));
    const program = new Program({
      program: process.execPath,
      arguments: ['dist/apps/bigip-simulator/src/main.js', '--port=0', `--ca-file=${caFile}`, `--content=${content}`],
      environment: { BIGIP_SIMULATOR_USERNAME: username, BIGIP_SIMULATOR_PASSWORD: password },
    });
    const url = await program.started(() => {
      const found = /listening on (https:\S+)/.exec(program.lines.join('\n'))?.[1];
      if (found === undefined) throw new Error('The simulated BIG-IP does not listen yet.');
      return found;
    });
    const authority = await readFile(caFile, 'utf8');
    const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
    return new Device(url, authority, program, new HttpsClient({ url, authority, authorization }));
  }

  /** Whether a rule of the firewall lets a packet of the tenant out. That no rule matches is no permission. */
  async allows(partition: string, { source, destination, port = 443 }: Packet): Promise<boolean> {
    const packet = { partition, source, destination, port, protocol: 'tcp' };
    const { body } = await this.client.send('POST', '/simulator/evaluate', packet);
    const { action, decidedBy } = verdict.parse(body);
    return decidedBy !== null && (action === 'accept' || action === 'accept-decisively');
  }

  async close(): Promise<void> {
    this.client.close();
    await this.program.end();
  }
}
