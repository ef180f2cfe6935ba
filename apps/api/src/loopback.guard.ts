import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { type FastifyRequest } from 'fastify';

/** The caller is not on this machine, or cannot be known to be. */
export class NotLocal extends Error {
  override readonly name = 'NotLocal';

  constructor() {
    super(
      'The API answers on loopback only. Reach it with kubectl port-forward, and call it by 127.0.0.1 or localhost.',
    );
  }
}

/**
 * Until the API authenticates, it answers only who is on the same machine (or in the same pod, as `kubectl port-forward`
 * is). Two ways around that are closed: a web page whose name points to 127.0.0.1 asks for that name, and a proxy on
 * this machine that lets others in says so in a header, or (a service mesh's) does not come from 127.0.0.1 itself.
 */
@Injectable()
export class LoopbackGuard implements CanActivate {
  /** @throws NotLocal */
  canActivate(context: ExecutionContext): boolean {
    const { headers, socket } = context.switchToHttp().getRequest<FastifyRequest>();
    const isProxied = proxyHeaders.some((name) => name in headers);
    if (isLoopback(socket.remoteAddress) && isLocalName(headers.host) && !isProxied) return true;
    throw new NotLocal();
  }
}

const proxyHeaders = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip'];

function isLoopback(address = ''): boolean {
  return address === '127.0.0.1' || address === '::ffff:127.0.0.1' || address === '::1';
}

function isLocalName(host = ''): boolean {
  return /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/i.test(host);
}
