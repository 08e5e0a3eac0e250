import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer, type TLSSocket } from 'node:tls'
import { promisify } from 'node:util'
import { findBinary } from './binary.ts'

/** For 127.0.0.1, with its key: a PKCS #12 file, which Java takes as a store of what it trusts as well. */
export interface Certificate {
  readonly file: string
  readonly password: string
}

/** Made by the JDK's own tool, for this process alone. */
export async function makeCertificate(): Promise<Certificate | { readonly missing: string }> {
  const keytool = findBinary('keytool')
  if (!keytool) return { missing: 'no keytool' }
  const folder = mkdtempSync(join(tmpdir(), 'querywarden-certificate-'))
  process.once('exit', () => rmSync(folder, { recursive: true }))
  const certificate = { file: join(folder, 'front.p12'), password: 'no secret' }
  const subject = ['-dname', 'CN=127.0.0.1', '-ext', 'san=ip:127.0.0.1', '-validity', '2']
  const store = ['-storetype', 'PKCS12', '-keystore', certificate.file, '-storepass', certificate.password]
  await promisify(execFile)(keytool, ['-genkeypair', '-alias', 'front', '-keyalg', 'EC', ...subject, ...store])
  return certificate
}

/** What speaks TLS in front of `url`, as a load balancer does, and passes on the bytes. */
export async function startTlsFront(
  url: string,
  { file, password }: Certificate,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const { port, hostname } = new URL(url)
  const open = new Set<TLSSocket>()
  const server = createServer({ pfx: readFileSync(file), passphrase: password }, client => {
    const behind = connect(Number(port), hostname)
    open.add(client)
    client.pipe(behind).pipe(client)
    client.on('error', () => behind.destroy()).on('close', () => behind.destroy() && open.delete(client))
    behind.on('error', () => client.destroy()).on('close', () => client.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      for (const client of open) client.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
