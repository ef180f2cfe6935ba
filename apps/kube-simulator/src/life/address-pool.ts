import ipaddr from 'ipaddr.js';

/** The IPv4 addresses of a network, given out in turn; a freed one comes again when the turn is round. */
export class AddressPool {
  readonly #network: [ipaddr.IPv4, number];
  readonly #first: number;
  readonly #count: number;
  readonly #taken = new Set<string>();
  #next = 0;

  /** @param cidr like `10.244.0.0/16`; its first two addresses and its last one are not given out */
  constructor(private readonly cidr: string) {
    this.#network = ipaddr.IPv4.parseCIDR(cidr);
    const [network, bits] = this.#network;
    const base = network.toByteArray().reduce((sum, byte) => sum * 256 + byte, 0);
    this.#first = base + 2;
    this.#count = 2 ** (32 - bits) - 3;
    if (this.#count < 1) throw new Error(`${cidr} has no addresses to give out; give a larger network`);
  }

  /** @throws Error when all are taken */
  take(): string {
    if (this.#taken.size >= this.#count) {
      throw new Error(`all ${this.#count} addresses of ${this.cidr} are taken; give the simulator a larger network`);
    }
    for (;;) {
      const address = format(this.#first + this.#next);
      this.#next = (this.#next + 1) % this.#count;
      if (this.#taken.has(address)) continue;
      this.#taken.add(address);
      return address;
    }
  }

  /** Somebody has the address already; one of another network is none of the pool's business. */
  reserve(address: string): void {
    if (ipaddr.IPv4.isValid(address) && ipaddr.IPv4.parse(address).match(this.#network)) this.#taken.add(address);
  }

  free(address: string): void {
    this.#taken.delete(address);
  }

  clear(): void {
    this.#taken.clear();
  }
}

function format(value: number): string {
  return [2 ** 24, 2 ** 16, 2 ** 8, 1].map((unit) => Math.floor(value / unit) % 256).join('.');
}
