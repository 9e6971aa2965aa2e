/** Every setting, read and checked before anything starts. */
package org.exportrelay.config;
