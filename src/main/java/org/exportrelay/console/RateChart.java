package org.exportrelay.console;

import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.exportrelay.config.Counts;
import org.exportrelay.console.Rates.Hour;

/** Deliveries of each hour as bars. It has numbers only, which need no escaping. */
record RateChart(List<Hour> hours) {

    private static final DateTimeFormatter HOUR =
            DateTimeFormatter.ofPattern("HH:mm").withZone(ZoneOffset.UTC);
    private static final int WIDTH = 720;
    private static final int HEIGHT = 140;
    private static final int BASE = 120;
    private static final int BAR = WIDTH / Rates.HOURS;

    /** Whether there was no delivery. */
    boolean isEmpty() {
        return most().deliveries() == 0;
    }

    String svg() {
        long most = Math.max(1, most().deliveries());
        StringBuilder svg = new StringBuilder("<svg class=\"chart\" role=\"img\" aria-label=\"" + text()
                + "\" viewBox=\"0 0 " + WIDTH + " " + HEIGHT + "\"><line x1=\"0\" x2=\"" + WIDTH + "\" y1=\"" + BASE
                + "\" y2=\"" + BASE + "\"/>");
        for (int i = 0; i < hours.size(); i++) {
            Hour hour = hours.get(i);
            long height = Math.round((BASE - 10.0) * hour.deliveries() / most);
            svg.append("<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"2\"><title>%s UTC: %,d</title></rect>"
                    .formatted(
                            i * BAR + 3, BASE - height, BAR - 6, height, HOUR.format(hour.start()), hour.deliveries()));
            if (i % 4 == 0) {
                svg.append("<text x=\"%d\" y=\"%d\">%s</text>"
                        .formatted(i * BAR + 3, HEIGHT - 4, HOUR.format(hour.start())));
            }
        }
        return svg.append("</svg>").toString();
    }

    /** The same in words. */
    String text() {
        long sum = hours.stream().mapToLong(Hour::deliveries).sum();
        return sum == 0
                ? "No delivery in the last day."
                : String.format(
                        Locale.ROOT,
                        "%s in the last day, at most %,d in an hour, from %s UTC.",
                        Counts.deliveries(sum),
                        most().deliveries(),
                        HOUR.format(most().start()));
    }

    private Hour most() {
        return hours.stream().max(Comparator.comparingLong(Hour::deliveries)).orElseThrow();
    }
}
