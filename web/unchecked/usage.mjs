/** A page's driver does none of what these look for, which the lanes have shown; see runtime.mjs. */
export const check_url = () => {}; // URL() has made it
export const check_header_name = () => {}; // Headers() has taken it
export const check_start = () => {};
export const check_head = () => {};
export const check_data = () => {};
export const check_reading = () => {};
export const check_eof = () => {};
export const check_transition = () => {};
