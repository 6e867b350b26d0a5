import type { State } from '../state.ts';
import type { Link } from './link.ts';
import type { Share } from './share.ts';

/** What the rules of links look at besides. */
export interface LinkState extends State {
  link(peer: string): Link | undefined;
  /** What the peer owns of the level; empty where nothing is known. */
  share(peer: string, sku: string, location: string): Share;
}
