// The people who can sign in, and what the provider says about them.

/** Everybody's password; the sign-in page says so. */
export const PASSWORD = 'demo';

/** The claims that each OAuth scope opens. */
export const CLAIMS_BY_SCOPE = {
  openid: ['sub'],
  profile: ['name', 'given_name', 'family_name', 'preferred_username'],
  email: ['email', 'email_verified'],
  // Providers disagree where groups belong, so a person may carry them in several places.
  groups: ['groups', 'realm_access', 'https://latchkey.example/roles'],
};

export class Directory {
  #byLogin = new Map();

  constructor(people) {
    for (const person of people) this.put(person);
  }

  /** Adds a person, or changes the given fields of one. */
  put(person) {
    if (typeof person.login !== 'string' || person.login === '') throw new TypeError('a person needs a login');
    const known = this.#byLogin.get(person.login) ?? { sub: person.login, name: person.login, groups: [], claims: {} };
    this.#byLogin.set(person.login, { ...known, ...person });
  }

  remove(login) {
    return this.#byLogin.delete(login);
  }

  all() {
    return [...this.#byLogin.values()];
  }

  findByLogin(login) {
    return this.#byLogin.get(login);
  }

  findBySubject(sub) {
    return this.all().find((person) => person.sub === sub);
  }
}

/** Every claim about a person; `claims` may add some or replace any but the subject. */
export function claimsOf(person) {
  return {
    name: person.name,
    given_name: person.given_name,
    family_name: person.family_name,
    preferred_username: person.login,
    email: person.email,
    email_verified: person.email === undefined ? undefined : true,
    groups: person.groups,
    ...person.claims,
    sub: person.sub,
  };
}
