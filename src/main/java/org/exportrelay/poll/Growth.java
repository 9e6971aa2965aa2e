package org.exportrelay.poll;

/** At which end of the list new exports appear: not documented, so found out from what is listed. */
enum Growth {
    HEAD,
    TAIL
}
