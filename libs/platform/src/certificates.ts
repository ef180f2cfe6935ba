import { generate } from 'selfsigned';

/** PEM texts. */
export interface Certificates {
  /** The authority to trust. */
  readonly authority: string;
  /** The server's certificate, signed by the authority. */
  readonly certificate: string;
  /** The server's private key. */
  readonly key: string;
}

const hour = 3_600_000;
const common = { keyType: 'ec', curve: 'P-256', algorithm: 'sha256' } as const;

/**
 * A fresh authority and a server certificate signed by it for `localhost`, 127.0.0.1, ::1 and `names` (DNS
 * names), valid for a year and, against clocks that are slow, since an hour ago. For simulators and embedded
 * services: the authority's key is thrown away, and nothing is written to disk.
 * @param now the time, in milliseconds since the epoch
 */
export async function createCertificates(names: readonly string[] = [], now = Date.now()): Promise<Certificates> {
  const validity = { notBeforeDate: new Date(now - hour), notAfterDate: new Date(now + 365 * 24 * hour) };
  const authority = await generate([{ name: 'commonName', value: 'CES authority' }], {
    ...common,
    ...validity,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const server = await generate([{ name: 'commonName', value: 'localhost' }], {
    ...common,
    ...validity,
    ca: { key: authority.private, cert: authority.cert },
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          ...['localhost', ...names].map((value) => ({ type: 2, value }) as const),
          ...['127.0.0.1', '::1'].map((ip) => ({ type: 7, ip }) as const),
        ],
      },
    ],
  });
  return { authority: authority.cert, certificate: server.cert, key: server.private };
}
