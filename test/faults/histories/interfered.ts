/** Told of every call of a port, before it is made and after it was answered; what it throws, the caller gets instead. */
export interface Interferer {
  before(call: string, given: readonly unknown[]): Promise<void>;
  after(call: string, given: readonly unknown[], answer: unknown): Promise<void>;
}

/** The port with somebody in between. */
export function interfered<Port extends object>(port: Port, interferer: Interferer): Port {
  return new Proxy(port, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function' || typeof name !== 'string') return member;
      return async (...given: readonly unknown[]): Promise<unknown> => {
        await interferer.before(name, given);
        const answer: unknown = await Reflect.apply(member, target, given);
        await interferer.after(name, given, answer);
        return answer;
      };
    },
  });
}
