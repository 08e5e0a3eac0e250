import { spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { findBinary } from '#test/services/binary.ts'
import { freePort } from '#test/services/free-port.ts'

interface Proxy {
  readonly url: string
  stop(): void
}

/** nginx as a plain reverse proxy; `undefined` where it is not installed. */
export async function startNginx(upstream: string, folder: string): Promise<Proxy | undefined> {
  const found = findBinary('nginx', ['/usr/sbin'])
  if (!found) return undefined
  const home = join(folder, 'nginx')
  mkdirSync(home, { recursive: true })
  const port = await freePort()
  const file = join(home, 'nginx.conf')
  writeFileSync(file, configuration(home, port, upstream))
  const child = spawn(found, ['-p', home, '-c', file, '-e', join(home, 'error.log')], { stdio: 'inherit' })
  await listens(port)
  return { url: `http://127.0.0.1:${port}`, stop: () => void child.kill() }
}

/** Answers name places at the upstream, where parts of large results are: they are made to pass here too. */
function configuration(home: string, port: number, upstream: string): string {
  const kinds = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  const temporary = kinds.map(kind => `  ${kind}_temp_path ${join(home, kind)};`).join('\n')
  return `daemon off;
pid ${join(home, 'nginx.pid')};
worker_processes 1;
events {}
http {
  access_log off;
  # A page that its client takes slowly would go to a file, where nginx's own user may not write.
  proxy_max_temp_file_size 0;
${temporary}
  upstream warehouse { server ${new URL(upstream).host}; keepalive 16; }
  server {
    listen 127.0.0.1:${port};
    client_max_body_size 16m;
    location / {
      proxy_pass http://warehouse;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_set_header Accept-Encoding "";
      sub_filter '${upstream}' 'http://127.0.0.1:${port}';
      sub_filter_types application/json;
      sub_filter_once off;
    }
    location /chunks/ {
      proxy_pass http://warehouse;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
    }
  }
}
`
}

async function listens(port: number): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false))
    const open = await promise
    socket.destroy()
    if (open) return
    await setTimeout(50)
  }
  throw new Error(`nginx does not listen on ${port}`)
}
