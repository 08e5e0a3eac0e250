import type { Adapter, AdapterPayload } from 'oidc-provider'

/**
 * Codes, sessions and grants of one issuer, in memory. Outlives a key rotation, which replaces the provider.
 * https://github.com/panva/node-oidc-provider/blob/v9.x/example/my_adapter.js
 */
export function createArtifactStore(): (model: string) => Adapter {
  const artifacts = new Map<string, AdapterPayload>()

  return model => {
    const key = (id: string) => `${model}:${id}`
    const findBy = (matches: (payload: AdapterPayload) => boolean) =>
      [...artifacts].find(([name, payload]) => name.startsWith(`${model}:`) && matches(payload))?.[1]

    return {
      upsert: async (id, payload) => {
        artifacts.set(key(id), payload)
      },
      find: async id => artifacts.get(key(id)),
      findByUid: async uid => findBy(payload => payload.uid === uid),
      findByUserCode: async userCode => findBy(payload => payload.userCode === userCode),
      consume: async id => {
        const payload = artifacts.get(key(id))
        if (payload) payload.consumed = Math.floor(Date.now() / 1000)
      },
      destroy: async id => {
        artifacts.delete(key(id))
      },
      revokeByGrantId: async grantId => {
        for (const [name, payload] of artifacts) if (payload.grantId === grantId) artifacts.delete(name)
      },
    }
  }
}
