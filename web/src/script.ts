/** wakeful.js, the script tag: `WakefulSource` as a global, with `WakefulSource.parse`. */

import { parse } from "./parse.js";
import { WakefulSource } from "./source.js";

Object.assign(globalThis, { WakefulSource: Object.assign(WakefulSource, { parse }) });
