package org.exportrelay.poll;

/** The end of the list at which new exports appear: not documented, so derived from creation times. */
enum Growth {
    HEAD,
    TAIL
}
