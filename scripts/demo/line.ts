import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';

/** The line between a shop and its hub, on loopback, which can be cut. While it is, nobody gets through. */
export class Line {
  readonly #listener: net.Server;
  readonly #sockets = new Set<Socket>();
  #isCut = false;

  private constructor(target: URL) {
    this.#listener = net.createServer((shop) => {
      if (this.#isCut) shop.resetAndDestroy();
      else this.#join(shop, net.connect(Number(target.port), target.hostname));
    });
  }

  static async to(url: string): Promise<Line> {
    const line = new Line(new URL(url));
    line.#listener.listen(0, '127.0.0.1');
    await once(line.#listener, 'listening');
    return line;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#listener.address() as AddressInfo).port}`;
  }

  cut(): void {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  mend(): void {
    this.#isCut = false;
  }

  close(): void {
    this.cut();
    this.#listener.close();
  }

  #join(shop: Socket, hub: Socket): void {
    for (const [socket, other] of [
      [shop, hub],
      [hub, shop],
    ] as const) {
      this.#sockets.add(socket);
      socket.pipe(other);
      // Whoever uses the connection sees the error at its own end.
      socket.on('error', () => undefined);
      socket.once('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
  }
}
