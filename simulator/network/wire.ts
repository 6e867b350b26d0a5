import type { Lifetime, Scheduler } from '../kernel/scheduler.ts';
import type { SeededRandom } from '../kernel/seededRandom.ts';

/** How messages fare between two machines. Rates are 0 to 1, per message. */
export interface WireWeather {
  /** On the average, in milliseconds. */
  latencyMs: number;
  loss: number;
  double: number;
  /** Overtakes what was sent before. */
  reorder: number;
  /** Arrives very late, perhaps after the connection has ended and the next one was begun. */
  late: number;
  /** Of what is sent over a wire that is cut, this part still arrives when it is whole again; half unless it is said. */
  held?: number;
}

/** How late a message is that was stuck somewhere on its way, on the average. */
const LATE_MS = 8_000;

const HELD_PART = 0.5;

/** What lies between two machines. It may be cut; neither end is told. */
export class Wire {
  readonly #scheduler: Scheduler;
  readonly #random: SeededRandom;
  weather: WireWeather;
  #isCut = false;
  #heardAt = 0;
  #held: (() => void)[] = [];

  constructor(scheduler: Scheduler, random: SeededRandom, weather: WireWeather) {
    this.#scheduler = scheduler;
    this.#random = random;
    this.weather = weather;
  }

  get isCut(): boolean {
    return this.#isCut;
  }

  /** For how long nothing has come to either end. */
  get unheardMs(): number {
    return this.#scheduler.now - this.#heardAt;
  }

  cut(): void {
    this.#isCut = true;
  }

  mend(): void {
    this.#isCut = false;
    const held = this.#held;
    this.#held = [];
    for (const send of held) send();
  }

  /**
   * Carries something to the other end, or does not.
   * @param receiver when it has ended, nobody is there to take it
   */
  carry(track: Track, receiver: Lifetime, deliver: () => void): void {
    if (this.#isCut) {
      if (this.#random.chance(this.weather.held ?? HELD_PART))
        this.#held.push(() => this.carry(track, receiver, deliver));
      return;
    }
    const { loss, double } = this.weather;
    if (this.#random.chance(loss)) return;
    this.#send(track, receiver, deliver);
    if (this.#random.chance(double)) this.#send(track, receiver, deliver);
  }

  #send(track: Track, receiver: Lifetime, deliver: () => void): void {
    const { latencyMs, reorder, late } = this.weather;
    const lateMs = this.#random.chance(late) ? this.#random.around(LATE_MS) : 0;
    const arrival = this.#scheduler.now + latencyMs / 2 + this.#random.around(latencyMs / 2);
    const overtakes = lateMs > 0 || this.#random.chance(reorder);
    const at = overtakes ? arrival + lateMs : track.place(arrival);
    this.#scheduler.after(at - this.#scheduler.now, receiver, () => {
      this.#heardAt = this.#scheduler.now;
      deliver();
    });
  }
}

/** One direction of a connection: what is sent over it arrives in order, unless something overtakes. */
export class Track {
  #last = 0;

  /** @returns when what would arrive at `arrival` does so without overtaking */
  place(arrival: number): number {
    // Two at the same moment would come in any order.
    this.#last = Math.max(this.#last + 0.001, arrival);
    return this.#last;
  }
}
