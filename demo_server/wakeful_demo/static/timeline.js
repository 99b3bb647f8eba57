/** The timeline: what the agent said, and what each viewer had of it, on one axis. Drawn from a Turn. */

const LANE_PX = 28;
const GAP_PX = 12;
const NAMED_GAP_PX = 18; // where the lanes' names stand between them
const INSET_PX = 5;
const TOP_PX = 20;
const AXIS_PX = 20;
const SHORTEST_MS = 12_000;
const STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600];

export class Timeline {
  /** names: the viewers', as the lanes are called. */
  constructor(canvas, names) {
    this.canvas = canvas;
    this.names = names;
    this.pen = canvas.getContext("2d");
    this.turn = null;
    new ResizeObserver(() => this.fit()).observe(canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.fit());
    this.fit();
  }

  show(turn) {
    this.turn = turn;
    this.draw();
  }

  /** Sizes and colours come from the style sheet. */
  fit() {
    const { canvas } = this;
    const scale = devicePixelRatio || 1;
    this.width = canvas.clientWidth;
    const style = getComputedStyle(canvas);
    this.font = `12px ${style.fontFamily}`;
    this.labelPx = this.width < 560 ? 0 : this.widest(this.names) + 10;
    this.gapPx = this.labelPx ? GAP_PX : NAMED_GAP_PX;
    this.topPx = TOP_PX + (this.labelPx ? 0 : NAMED_GAP_PX - GAP_PX);
    this.height = this.topPx + 3 * LANE_PX + 2 * this.gapPx + AXIS_PX;
    canvas.style.blockSize = `${this.height}px`;
    canvas.width = Math.round(this.width * scale);
    canvas.height = Math.round(this.height * scale);
    this.pen.setTransform(scale, 0, 0, scale, 0, 0);
    this.color = (name) => style.getPropertyValue(`--${name}`).trim();
    this.draw();
  }

  widest(names) {
    this.pen.font = this.font;
    return Math.ceil(Math.max(...names.map((name) => this.pen.measureText(name).width)));
  }

  draw() {
    const { pen, turn } = this;
    pen.clearRect(0, 0, this.width, this.height);
    const now = turn ? this.end(turn) : 0;
    this.spanMs = Math.max(SHORTEST_MS, now);
    this.axis();
    this.lane(0, "Agent", "muted");
    for (const [at, name] of this.names.entries()) this.lane(at + 1, name, "ink");
    if (!turn) return;
    const shift = this.shiftOf(turn);
    this.ticks(0, turn.log.times.map((ms) => ms - shift), "muted");
    for (const [at, seat] of turn.seats.entries()) this.viewer(at + 1, seat, now);
    this.faults(turn);
  }

  end(turn) {
    return turn.settled ? Math.max(...turn.seats.map((seat) => seat.changes.at(-1)?.at ?? 0)) * 1.02 : turn.clock();
  }

  /** From the server's Unix time to the turn's clock, by the fastest token. */
  shiftOf(turn) {
    return Date.now() - turn.clock() + (Number.isFinite(turn.log.fastestMs) ? -turn.log.fastestMs : 0);
  }

  x(ms) {
    return this.labelPx + (ms / this.spanMs) * (this.width - this.labelPx - 1);
  }

  y(lane) {
    return this.topPx + lane * (LANE_PX + this.gapPx);
  }

  axis() {
    const { pen } = this;
    const widest = ((this.width - this.labelPx) / 70) | 0;
    const step = STEPS_S.find((one) => this.spanMs / 1000 / one <= Math.max(2, widest)) ?? STEPS_S.at(-1);
    pen.font = this.font;
    pen.textBaseline = "alphabetic";
    for (let s = 0; s * 1000 <= this.spanMs; s += step) {
      const x = Math.round(this.x(s * 1000)) + 0.5;
      pen.fillStyle = this.color("line");
      pen.fillRect(x, this.topPx, 1, this.height - this.topPx - AXIS_PX);
      pen.fillStyle = this.color("muted");
      pen.textAlign = s === 0 ? "left" : x > this.width - 24 ? "right" : "center";
      pen.fillText(s < 120 ? `${s} s` : `${s / 60} min`, x, this.height - 5);
    }
  }

  lane(lane, name, color) {
    const { pen } = this;
    pen.fillStyle = this.color("lane");
    rounded(pen, this.labelPx, this.y(lane), this.width - this.labelPx, LANE_PX);
    pen.font = this.font;
    pen.textAlign = "left";
    pen.fillStyle = this.color(color);
    if (this.labelPx) pen.fillText(name, 0, this.y(lane) + LANE_PX / 2 + 4);
    else pen.fillText(name, 2, this.y(lane) - 4);
  }

  viewer(lane, seat, now) {
    const { pen } = this;
    for (const [at, { at: from, state }] of seat.changes.entries()) {
      const to = seat.changes[at + 1]?.at ?? (state === "ended" || state === "stopped" ? from : now);
      this.band(lane, from, to, state);
    }
    this.silences(lane, seat, now);
    this.ticks(lane, seat.ticks, lane === 1 ? "accent" : "native");
    const end = seat.changes.at(-1);
    if (end?.state === "ended") {
      pen.fillStyle = this.color("ok");
      pen.fillRect(this.x(end.at) - 1, this.y(lane) - 3, 3, LANE_PX + 6);
    }
  }

  band(lane, from, to, state) {
    const { pen } = this;
    const color = { open: "ok", connecting: "wait", waiting: "wait", failed: "bad" }[state];
    if (!color) return;
    const [x, width] = [this.x(from), Math.max(1, this.x(to) - this.x(from))];
    pen.globalAlpha = state === "open" ? 0.16 : 0.4;
    pen.fillStyle = this.color(color);
    pen.fillRect(x, this.y(lane), width, LANE_PX);
    pen.globalAlpha = 1;
    if (state !== "open") this.hatch(lane, x, width, color);
  }

  /** Stretches of an open connection in which the server wrote not a byte. */
  silences(lane, seat, now) {
    const limit = 1.5 * this.turn.heartbeatMs;
    const written = seat.facts.filter((fact) => fact.kind === "sent" || fact.kind === "response");
    const times = written.map((fact) => this.turn.timeOf(fact.ms));
    for (const [at, { at: opened, state }] of seat.changes.entries()) {
      if (state !== "open") continue;
      const closed = seat.changes[at + 1]?.at ?? now;
      const within = [opened, ...times.filter((time) => time > opened && time < closed), closed];
      for (let next = 1; next < within.length; next++) {
        if (within[next] - within[next - 1] <= limit) continue;
        const [x, width] = [this.x(within[next - 1]), this.x(within[next]) - this.x(within[next - 1])];
        this.pen.fillStyle = this.color("lane");
        this.pen.fillRect(x, this.y(lane), width, LANE_PX);
        this.hatch(lane, x, width, "silent");
      }
    }
  }

  hatch(lane, x, width, color) {
    const { pen } = this;
    const y = this.y(lane);
    pen.save();
    pen.beginPath();
    pen.rect(x, y, width, LANE_PX);
    pen.clip();
    pen.strokeStyle = this.color(color);
    pen.lineWidth = 1.5;
    pen.beginPath();
    // Lines start at places of the lane, not of the band, so that they stand still while it grows.
    const first = Math.floor((x - LANE_PX) / 8) * 8;
    for (let at = first; at < x + width; at += 8) {
      pen.moveTo(at, y + LANE_PX);
      pen.lineTo(at + LANE_PX, y);
    }
    pen.stroke();
    pen.restore();
  }

  ticks(lane, times, color) {
    const { pen } = this;
    const y = this.y(lane) + INSET_PX;
    pen.fillStyle = this.color(color);
    let last = -1;
    for (const time of times) {
      const x = Math.round(this.x(Math.max(0, time))); // the clocks of server and page agree nearly
      if (x === last) continue;
      last = x;
      pen.fillRect(x, y, 1, LANE_PX - 2 * INSET_PX);
    }
  }

  faults(turn) {
    const { pen } = this;
    let free = 0;
    for (const { at, title } of turn.marks) {
      const x = Math.round(this.x(at)) + 0.5;
      pen.strokeStyle = this.color("bad");
      pen.setLineDash([3, 3]);
      pen.beginPath();
      pen.moveTo(x, this.topPx - 4);
      pen.lineTo(x, this.y(2) + LANE_PX);
      pen.stroke();
      pen.setLineDash([]);
      pen.font = this.font;
      const width = pen.measureText(title).width;
      const left = Math.min(Math.max(x - 4, free), this.width - width);
      if (left >= free) {
        pen.fillStyle = this.color("bad");
        pen.textAlign = "left";
        pen.fillText(title, left, 12);
        free = left + width + 10;
      }
    }
    for (const [lane, seat] of turn.seats.entries()) {
      for (const fact of seat.facts) {
        if (fact.kind === "fault") this.strike(lane + 1, turn.timeOf(fact.ms));
      }
    }
  }

  strike(lane, at) {
    const { pen } = this;
    const [x, y] = [this.x(at), this.y(lane)];
    pen.fillStyle = this.color("bad");
    pen.beginPath();
    pen.moveTo(x - 5, y - 5);
    pen.lineTo(x + 5, y - 5);
    pen.lineTo(x, y + 4);
    pen.fill();
  }
}

function rounded(pen, x, y, width, height) {
  pen.beginPath();
  pen.roundRect(x, y, width, height, 6);
  pen.fill();
}
