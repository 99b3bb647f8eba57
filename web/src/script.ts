/** wakeful.js, the script tag: `WakefulSource` as a global. parse() comes with the module, wakeful.mjs. */

import { WakefulSource } from "./source.js";

Object.assign(globalThis, { WakefulSource });
