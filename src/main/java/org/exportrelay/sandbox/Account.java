package org.exportrelay.sandbox;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.Map;

/** The organisation that the credentials belong to, in the documented shape of {@code GET /v1/account}. */
final class Account {

    private static final Instant CREATED_AT = Instant.parse("2024-03-01T09:00:00Z");
    private static final int ENRICHMENT_CREDIT_CAP = 10_000;

    private Account() {}

    /**
     * The account at that time; a billing cycle is a calendar month.
     *
     * @param oauth whether an OAuth token asks. The documentation shows an API key's answer only;
     *     {@code oauth} as the other {@code authType} is an assumption
     */
    static Map<String, Object> json(boolean oauth, Instant now) {
        Map<String, Object> organization = new LinkedHashMap<>();
        organization.put("id", 1);
        organization.put("name", "Sandbox Organization");
        organization.put("createdAt", ApiTimestamp.text(CREATED_AT));
        Map<String, Object> user = new LinkedHashMap<>();
        user.put("id", null);
        user.put("authType", oauth ? "oauth" : "api_key");
        LocalDate month = now.atOffset(ZoneOffset.UTC).toLocalDate().withDayOfMonth(1);
        Map<String, Object> plan = new LinkedHashMap<>();
        plan.put("name", "Sandbox");
        plan.put("enrichment_credit_cap", ENRICHMENT_CREDIT_CAP);
        plan.put("is_paid", true);
        plan.put("billing_cycle_start", midnight(month));
        plan.put("billing_cycle_end", midnight(month.plusMonths(1)));
        Map<String, Object> account = new LinkedHashMap<>();
        account.put("organization", organization);
        account.put("user", user);
        account.put("plan", plan);
        return account;
    }

    private static String midnight(LocalDate day) {
        return ApiTimestamp.text(day.atStartOfDay().toInstant(ZoneOffset.UTC));
    }
}
