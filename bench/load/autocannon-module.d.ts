/** What the bench uses of autocannon, which brings no types of its own. */
declare module 'autocannon' {
  interface RequestData {
    readonly method?: string;
    readonly path?: string;
    readonly body?: string;
    readonly headers?: Record<string, string>;
  }

  interface Options {
    readonly url: string;
    readonly connections: number;
    /** Seconds. */
    readonly duration: number;
    /** Seconds. */
    readonly timeout: number;
    readonly requests: readonly {
      setupRequest(defaults: RequestData): RequestData;
      onResponse(status: number, body: string): void;
    }[];
  }

  interface Result {
    readonly requests: { readonly total: number };
    /** Seconds. */
    readonly duration: number;
    readonly errors: number;
    readonly non2xx: number;
    /** Milliseconds. */
    readonly latency: { readonly p50: number; readonly p99: number };
  }

  function autocannon(options: Options): Promise<Result>;
  export = autocannon;
}
