// Where the provider keeps sessions, codes and tokens: a plain map without the 1,000 entries limit of the library's own.

const SWEEP_EVERY = 5_000;

export function createStorage() {
  const entries = new Map();
  let writes = 0;

  const read = (key) => {
    const entry = entries.get(key);
    if (entry === undefined) return undefined;
    if (entry.expiresAt > Date.now()) return entry.value;
    entries.delete(key);
    return undefined;
  };
  const write = (key, value, expiresIn) => {
    entries.set(key, { value, expiresAt: expiresIn ? Date.now() + expiresIn * 1000 : Infinity });
    writes += 1;
    if (writes % SWEEP_EVERY === 0) for (const stale of [...entries.keys()]) read(stale);
  };

  return class MapAdapter {
    constructor(model) {
      this.model = model;
    }

    #key(id) {
      return `${this.model}:${id}`;
    }

    async upsert(id, payload, expiresIn) {
      write(this.#key(id), payload, expiresIn);
      if (payload.uid) write(`uid:${payload.uid}`, id, expiresIn);
      if (payload.userCode) write(`user-code:${payload.userCode}`, id, expiresIn);
      if (payload.grantId) {
        const members = read(`grant:${payload.grantId}`) ?? new Set();
        members.add(this.#key(id));
        write(`grant:${payload.grantId}`, members, expiresIn);
      }
    }

    async find(id) {
      return read(this.#key(id));
    }

    async findByUid(uid) {
      return this.find(read(`uid:${uid}`));
    }

    async findByUserCode(code) {
      return this.find(read(`user-code:${code}`));
    }

    async consume(id) {
      const payload = read(this.#key(id));
      if (payload) payload.consumed = Math.floor(Date.now() / 1000);
    }

    async destroy(id) {
      entries.delete(this.#key(id));
    }

    async revokeByGrantId(grantId) {
      for (const key of read(`grant:${grantId}`) ?? []) entries.delete(key);
      entries.delete(`grant:${grantId}`);
    }
  };
}
