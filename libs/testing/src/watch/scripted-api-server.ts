import { createServer, type Server } from 'node:https';
import { type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { KubeConfig, type User } from '@kubernetes/client-node';
import { createCertificates } from '#platform/certificates';

export type Script = (request: IncomingMessage, response: ServerResponse) => void;

/** An HTTPS server that answers as a test says, for what no well-behaved API server does. */
export interface ScriptedApiServer {
  /** For this server, with the credentials given (none by default). */
  config(user?: Partial<User>): KubeConfig;
  /** A config that does not trust this server's authority. */
  distrustingConfig(): KubeConfig;
  /** How many connections were ever opened. */
  connections(): number;
  close(): Promise<void>;
}

export async function startScriptedApiServer(script: Script): Promise<ScriptedApiServer> {
  const { authority, certificate, key } = await createCertificates();
  let connections = 0;
  const server: Server = createServer({ key, cert: certificate }, script);
  server.on('secureConnection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const config = (user: Partial<User>, caData: string | undefined): KubeConfig => {
    const kubeConfig = new KubeConfig();
    const trust = caData === undefined ? {} : { caData: Buffer.from(caData).toString('base64') };
    kubeConfig.loadFromClusterAndUser(
      { name: 'scripted', server: `https://127.0.0.1:${port}`, skipTLSVerify: false, ...trust },
      { name: 'tester', ...user },
    );
    return kubeConfig;
  };
  return {
    config: (user = {}) => config(user, authority),
    distrustingConfig: () => config({}, undefined),
    connections: () => connections,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
