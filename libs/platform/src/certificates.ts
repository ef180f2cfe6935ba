import { generate } from 'selfsigned';

/** PEM texts. */
export interface Certificates {
  /** The authority to trust. */
  readonly authority: string;
  /** The server's certificate, signed by the authority. */
  readonly certificate: string;
  readonly key: string;
}

/**
 * A fresh authority and a server certificate signed by it, valid for `localhost`, 127.0.0.1, ::1 and `names`,
 * from an hour ago for ten years. For simulators and embedded services; nothing is written to disk.
 */
export async function createCertificates(names: readonly string[] = []): Promise<Certificates> {
  throw new Error(String([generate, names]));
}
