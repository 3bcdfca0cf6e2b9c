// A certificate authority that nobody knows, and a certificate of it for 127.0.0.1, as an organization has them.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { run } from './process.ts';

export interface PrivateCa {
  /** The authority's certificate, PEM. */
  ca: string;
  /** Files of the server's certificate and key. */
  tls: { cert: string; key: string };
  remove(): void;
}

export function makePrivateCa(authority: string): PrivateCa {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-ca-'));
  const file = (name: string) => join(folder, name);
  const openssl = (...args: string[]) => run('openssl', args, {}, folder);
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl('req', '-x509', ...curve, '-keyout', file('ca.key'), '-out', file('ca.pem'), '-days', '2',
    '-subj', `/CN=${authority}`, '-addext', 'keyUsage=critical,keyCertSign,cRLSign');
  openssl('req', ...curve, '-keyout', file('server.key'), '-out', file('server.csr'), '-subj', '/CN=127.0.0.1');
  writeFileSync(file('server.ext'), 'subjectAltName=IP:127.0.0.1\nbasicConstraints=critical,CA:FALSE\nextendedKeyUsage=serverAuth\n');
  openssl('x509', '-req', '-in', file('server.csr'), '-CA', file('ca.pem'), '-CAkey', file('ca.key'), '-CAcreateserial',
    '-days', '2', '-extfile', file('server.ext'), '-out', file('server.pem'));
  return {
    ca: readFileSync(file('ca.pem'), 'utf8'),
    tls: { cert: file('server.pem'), key: file('server.key') },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
