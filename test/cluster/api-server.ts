import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { cp, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, inject } from 'vitest';
import { z } from 'zod';
import { createCertificates } from '#platform/certificates';
import { freePort } from '#testing/private-redis';
import { HttpsClient } from './https-client.js';
import { kubeconfig } from './kubeconfig.js';
import { Program } from './program.js';

declare module 'vitest' {
  export interface ProvidedContext {
    /** What this project runs on: a version such as `v1.37.2`, and the folder with kube-apiserver and etcd. */
    readonly kubernetes: { readonly version: string; readonly directory: string };
  }
}

/** Of etcd's JSON gateway. */
const etcdAnswer = z.object({ header: z.object({ revision: z.string() }) });

/**
 * A real kube-apiserver over a real etcd, as a cluster runs it: RBAC, the admission plugins that are on by default,
 * TLS, tokens of service accounts. Nothing else of a cluster is there: no controllers, no scheduler, no kubelet.
 * The data lies in a folder of its own and survives `stop` and `start`.
 */
export class ApiServer {
  readonly version = inject('kubernetes').version;
  readonly #directory: string;
  readonly #ports: { readonly api: number; readonly etcd: number; readonly peers: number };
  readonly #authority: string;
  readonly #token = randomBytes(16).toString('hex');
  #etcd: Program | null = null;
  #server: Program | null = null;

  private constructor(directory: string, authority: string, ports: { api: number; etcd: number; peers: number }) {
    this.#directory = directory;
    this.#authority = authority;
    this.#ports = ports;
  }

  static async start(): Promise<ApiServer> {
    const directory = await mkdtemp(join(tmpdir(), 'ces-cluster-'));
    const { authority, certificate, key } = await createCertificates();
    const ports = { api: await freePort(), etcd: await freePort(), peers: await freePort() };
    const started = new ApiServer(directory, authority, ports);
    const accounts = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    });
    const files = {
      'server.crt': certificate,
      'server.key': key,
      'accounts.pub': accounts.publicKey,
      'accounts.key': accounts.privateKey,
      'tokens.csv': `${started.#token},admin,admin,system:masters\n`,
    };
    for (const [name, content] of Object.entries(files))
      await writeFile(join(directory, name), content, { mode: 0o600 });
    await started.#startEtcd();
    await started.start();
    return started;
  }

  /** `https://127.0.0.1:PORT`; stays the same. */
  get url(): string {
    return `https://127.0.0.1:${this.#ports.api}`;
  }

  /** A client of the administrator, or of whoever has that token. */
  client(options: { readonly token?: string; readonly connections?: number } = {}): HttpsClient {
    const { token = this.#token, connections = 4 } = options;
    const authorization = `Bearer ${token}`;
    return new HttpsClient({ url: this.url, authority: this.#authority, authorization, connections });
  }

  /** The text of a kubeconfig: the administrator's, unless another token is given; through another address if one is. */
  kubeconfig(options: { readonly token?: string; readonly url?: string; readonly namespace?: string } = {}): string {
    return kubeconfig({ url: this.url, authority: this.#authority, token: this.#token, ...options });
  }

  /** Starts the API server, which keeps address and data, and waits until it is ready. */
  async start(): Promise<void> {
    const { directory } = inject('kubernetes');
    const file = (name: string) => join(this.#directory, name);
    const server = new Program({
      program: join(directory, 'kube-apiserver'),
      arguments: [
        `--etcd-servers=http://127.0.0.1:${this.#ports.etcd}`,
        '--bind-address=127.0.0.1',
        '--advertise-address=127.0.0.1',
        `--secure-port=${this.#ports.api}`,
        `--tls-cert-file=${file('server.crt')}`,
        `--tls-private-key-file=${file('server.key')}`,
        `--token-auth-file=${file('tokens.csv')}`,
        '--authorization-mode=RBAC',
        '--service-account-issuer=https://kubernetes.default.svc',
        `--service-account-key-file=${file('accounts.pub')}`,
        `--service-account-signing-key-file=${file('accounts.key')}`,
        '--service-cluster-ip-range=10.96.0.0/16',
        '--endpoint-reconciler-type=none',
        '--shutdown-delay-duration=0s',
      ],
    });
    this.#server = server;
    const client = this.client();
    await server.started(async () => expect(await client.send('GET', '/readyz')).toMatchObject({ status: 200 }));
    client.close();
  }

  /** Takes the API server away; etcd stays. By default as a crash would. */
  async stop(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    await this.#server?.end(signal);
    this.#server = null;
  }

  /** Makes etcd forget every version before the present one, as it does on its own every five minutes. */
  async compact(): Promise<void> {
    const ask = async (path: string, body: object): Promise<unknown> => {
      const url = `http://127.0.0.1:${this.#ports.etcd}/v3/kv/${path}`;
      return (await fetch(url, { method: 'POST', body: JSON.stringify(body) })).json();
    };
    const { header } = etcdAnswer.parse(await ask('range', { key: Buffer.from('/').toString('base64') }));
    etcdAnswer.parse(await ask('compaction', { revision: header.revision, physical: true }));
  }

  /** Keeps what is stored now; calling the result brings it back, so that versions run backwards. */
  async backup(): Promise<() => Promise<void>> {
    const [data, copy] = [join(this.#directory, 'etcd'), join(this.#directory, 'backup')];
    const whileStopped = async (work: () => Promise<void>) => {
      await this.stop();
      await this.#etcd?.end('SIGTERM');
      await work();
      await this.#startEtcd();
      await this.start();
    };
    await whileStopped(() => cp(data, copy, { recursive: true }));
    return () =>
      whileStopped(async () => {
        await rm(data, { recursive: true });
        await rename(copy, data);
      });
  }

  /** Ends both for good, and deletes the data. */
  async close(): Promise<void> {
    await this.stop();
    await this.#etcd?.end();
    await rm(this.#directory, { recursive: true, force: true });
  }

  async #startEtcd(): Promise<void> {
    const [client, peer] = [`http://127.0.0.1:${this.#ports.etcd}`, `http://127.0.0.1:${this.#ports.peers}`];
    const etcd = new Program({
      program: join(inject('kubernetes').directory, 'etcd'),
      arguments: [
        `--data-dir=${join(this.#directory, 'etcd')}`,
        `--listen-client-urls=${client}`,
        `--advertise-client-urls=${client}`,
        `--listen-peer-urls=${peer}`,
        `--initial-advertise-peer-urls=${peer}`,
        `--initial-cluster=default=${peer}`,
        '--unsafe-no-fsync',
        '--log-level=warn',
      ],
      // As kubeadm has it, but more often; the flag has lost its prefix in etcd 3.6, and a name that is not known is ignored.
      environment: {
        ETCD_EXPERIMENTAL_WATCH_PROGRESS_NOTIFY_INTERVAL: '1s',
        ETCD_WATCH_PROGRESS_NOTIFY_INTERVAL: '1s',
      },
    });
    this.#etcd = etcd;
    await etcd.started(async () => expect(await (await fetch(`${client}/health`)).text()).toContain('true'));
  }
}
