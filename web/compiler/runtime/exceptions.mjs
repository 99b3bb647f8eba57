// Python's exceptions. The name is a getter and not the class's own name, which a minifier shortens.

export class Exception extends Error {
  get name() {
    return "Exception";
  }
}

export class ArithmeticError extends Exception {
  get name() {
    return "ArithmeticError";
  }
}

export class AssertionError extends Exception {
  get name() {
    return "AssertionError";
  }
}

export class LookupError extends Exception {
  get name() {
    return "LookupError";
  }
}

export class IndexError extends LookupError {
  get name() {
    return "IndexError";
  }
}

export class KeyError extends LookupError {
  get name() {
    return "KeyError";
  }
}

export class RuntimeError extends Exception {
  get name() {
    return "RuntimeError";
  }
}

export class NotImplementedError extends RuntimeError {
  get name() {
    return "NotImplementedError";
  }
}

export class OverflowError extends ArithmeticError {
  get name() {
    return "OverflowError";
  }
}

export class ZeroDivisionError extends ArithmeticError {
  get name() {
    return "ZeroDivisionError";
  }
}

export class StopIteration extends Exception {
  get name() {
    return "StopIteration";
  }
}

export class TypeError extends Exception {
  get name() {
    return "TypeError";
  }
}

export class ValueError extends Exception {
  get name() {
    return "ValueError";
  }
}

export class UnicodeError extends ValueError {
  get name() {
    return "UnicodeError";
  }
}

export class UnicodeDecodeError extends UnicodeError {
  get name() {
    return "UnicodeDecodeError";
  }
}

export class UnicodeEncodeError extends UnicodeError {
  get name() {
    return "UnicodeEncodeError";
  }
}
