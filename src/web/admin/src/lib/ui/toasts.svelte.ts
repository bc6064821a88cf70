export interface Toast {
  id: number;
  text: string;
  bad: boolean;
  action?: { label: string; run: () => unknown } | undefined;
}

const SHOWN_MS = 10_000;

class Toasts {
  shown = $state<Toast[]>([]);
  #last = 0;

  say(text: string, action?: Toast['action'], bad = false): void {
    const id = ++this.#last;
    this.shown = [...this.shown.slice(-2), { id, text, bad, action }];
    // What is wrong stays until it has been read.
    if (!bad) setTimeout(() => this.close(id), SHOWN_MS);
  }

  problem(text: string): void {
    this.say(text, undefined, true);
  }

  close(id: number): void {
    this.shown = this.shown.filter((toast) => toast.id !== id);
  }
}

export const toasts = new Toasts();
