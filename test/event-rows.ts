/** In SQL: how many events a row of the log has before its last one. It has one per line. */
export const eventsBeforeLast = "(length(data) - length(replace(data, '\n', '')))"
