package io.mnemogrid.api.mcp;

import io.mnemogrid.api.http.Problem;
import io.mnemogrid.api.http.ProblemException;
import io.mnemogrid.setting.Settings;
import io.mnemogrid.setting.Values;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The sets of tools that there are, and which of them a client is offered. */
@Singleton
final class ToolSets {
  private final Map<String, ToolSet> sets = new TreeMap<>();
  private final List<String> usual;

  /**
   * @param further sets of whoever embeds this server
   */
  ToolSets(Collection<ToolSet> further, Values settings) {
    List.of(
            CoreTools.set(),
            GraphTools.set(),
            OpenMemoryTools.set(),
            BasicMemoryTools.set(),
            ChatGptTools.set(),
            ClaudeMemoryTools.set())
        .forEach(set -> sets.put(set.name(), set));
    further.forEach(set -> sets.put(set.name(), set));
    this.usual = settings.value(Settings.MCP_TOOLS);
    usual.forEach(name -> {
      if (!this.sets.containsKey(name)) {
        throw new IllegalStateException(
            "MNEMOGRID_MCP_TOOLS names "
                + name
                + ", and the sets of tools are "
                + String.join(", ", this.sets.keySet()));
      }
    });
  }

  /**
   * The tools of some sets, in the order in which the sets are named; where two have a tool of one
   * name, that of the first.
   *
   * @param named names with commas between, null for the usual ones
   * @throws ProblemException when one is no name of a set
   */
  List<Tool> chosen(@Nullable String named) {
    List<Tool> tools = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (String name : named == null ? usual : List.of(named.split(",", -1))) {
      ToolSet set = sets.get(name.strip());
      if (set == null) {
        throw new ProblemException(
            Problem.badParameter(
                "tools", "is one or several of " + String.join(",", sets.keySet())));
      }
      for (Tool tool : set.tools()) {
        if (names.add(tool.name())) {
          tools.add(tool);
        }
      }
    }
    return tools;
  }
}
