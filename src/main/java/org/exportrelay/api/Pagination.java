package org.exportrelay.api;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * The pagination of a page. Its {@code limit} and {@code offset} only repeat the request.
 *
 * @param total exports that match the query; null if missing
 * @param hasMore whether exports follow this page; null if missing
 */
public record Pagination(Long total, @JsonProperty("has_more") Boolean hasMore) {}
