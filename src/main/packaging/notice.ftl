<#-- Of the license-maven-plugin: dependencyMap is a list of entries, of a dependency and the names of its licences. -->
Export Relay
Licensed under the Apache License 2.0; see LICENSE.

This distribution contains the following libraries in lib/, each under its own licence. Their notices and the texts of
their licences are in META-INF/ of each library.

<#list dependencyMap as entry>
${entry.getKey().groupId}:${entry.getKey().artifactId}:${entry.getKey().version}: <#list entry.getValue() as license>${license}<#sep>, </#list>
</#list>
