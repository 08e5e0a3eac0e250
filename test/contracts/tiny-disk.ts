import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface TinyDisk {
  readonly folder: string
  grow(mebibytes: number): void
  unmount(): void
}

/** A file system of its own that fills up quickly, or the reason why there cannot be one. */
export function tinyDisk(mebibytes: number): TinyDisk | string {
  const folder = mkdtempSync(join(tmpdir(), 'querywarden-disk-'))
  const mount = (...args: string[]) => spawnSync('mount', [...args, folder], { encoding: 'utf8' })
  const { status, error, stderr } = mount('-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs')
  if (status !== 0) {
    rmSync(folder, { recursive: true })
    return `a disk can only be filled by who may mount one: ${error?.message ?? stderr.trim()}`
  }
  return {
    folder,
    grow: size => void mount('-o', `remount,size=${size}m`),
    unmount() {
      spawnSync('umount', ['--lazy', folder])
      rmSync(folder, { recursive: true })
    },
  }
}
