package org.exportrelay.api;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * What the API says of a page. Its {@code limit} and {@code offset} only repeat the request.
 *
 * @param total exports matching the query; null if not said
 * @param hasMore whether exports follow this page; null if not said
 */
public record Pagination(Long total, @JsonProperty("has_more") Boolean hasMore) {}
