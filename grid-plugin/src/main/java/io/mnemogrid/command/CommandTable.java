package io.mnemogrid.command;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * All commands, in the order of the help, and which module has each. A command whose module is not
 * on the class path is known by this table alone: help lists it and a wrong name is held against
 * it. The launcher has the same assignment in its own words, since it must build the module first.
 */
public final class CommandTable {
  /** The headings of the help. */
  public enum Section {
    RUN("Run it"),
    USE("Use it"),
    PROVE("Prove and check"),
    STORE("The store"),
    DRILL("Drills"),
    BUILD("Build"),
    ABOUT("This command");

    private final String title;

    Section(String title) {
      this.title = title;
    }

    /** As the help prints it. */
    public String title() {
      return title;
    }
  }

  /** Where a command is found. */
  public enum Module {
    TOOL,
    API,
    LOAD,
    /** The launcher does it itself; Java knows its options alone. */
    LAUNCHER
  }

  /**
   * One command.
   *
   * @param type its class, a picocli command with a constructor without arguments
   * @param summary what it does, in a line
   */
  public record Row(String name, Section section, Module module, String type, String summary) {}

  private static final String TOOL = "io.mnemogrid.tool.";
  private static final String API = "io.mnemogrid.api.run.";
  private static final String LOAD = "io.mnemogrid.command.load.";
  private static final String HERE = "io.mnemogrid.command.";

  /** All of them. */
  public static final List<Row> ROWS =
      List.of(
          row(
              "run",
              Section.RUN,
              Module.API,
              API + "RunCommand",
              "start a dev chain and one member with its API; Ctrl-C stops all"),
          row(
              "demo",
              Section.RUN,
              Module.LOAD,
              LOAD + "DemoCommand",
              "two bots share DARYL's memory, an outsider checks it"),
          row(
              "mcp",
              Section.RUN,
              Module.TOOL,
              TOOL + "McpCommand",
              "speak MCP over standard input and output for one client; config writes its"
                  + " settings"),
          row(
              "spaces",
              Section.USE,
              Module.TOOL,
              TOOL + "SpacesCommand",
              "the memories that there are; --create makes one"),
          row(
              "get",
              Section.USE,
              Module.TOOL,
              TOOL + "GetCommand",
              "what stands in a space, or at a path of it, now or at a version or time"),
          row(
              "set",
              Section.USE,
              Module.TOOL,
              TOOL + "SetCommand",
              "write a value at a path, as one version"),
          row("rm", Section.USE, Module.TOOL, TOOL + "RmCommand", "delete paths, as one version"),
          row(
              "patch",
              Section.USE,
              Module.TOOL,
              TOOL + "PatchCommand",
              "play a merge patch or a JSON Patch on the head, as one version"),
          row(
              "search",
              Section.USE,
              Module.TOOL,
              TOOL + "SearchCommand",
              "find by words, in paths and values, best first"),
          row(
              "log",
              Section.USE,
              Module.TOOL,
              TOOL + "LogCommand",
              "the records of a space, or those that changed something at a path"),
          row(
              "watch",
              Section.USE,
              Module.TOOL,
              TOOL + "WatchCommand",
              "follow a space, an event a line; --exec runs a command for each"),
          row(
              "blame",
              Section.USE,
              Module.TOOL,
              TOOL + "BlameCommand",
              "who set what stands at a path"),
          row(
              "diff",
              Section.USE,
              Module.TOOL,
              TOOL + "DiffCommand",
              "what differs between two versions"),
          row(
              "at",
              Section.USE,
              Module.TOOL,
              TOOL + "AtCommand",
              "the document as of a version or time"),
          row(
              "conflicts",
              Section.USE,
              Module.TOOL,
              TOOL + "ConflictsCommand",
              "writes that lost, and to whom, newest first"),
          row(
              "rollback",
              Section.USE,
              Module.TOOL,
              TOOL + "RollbackCommand",
              "make the document that of an earlier version, as a new version"),
          row(
              "undo",
              Section.USE,
              Module.TOOL,
              TOOL + "UndoCommand",
              "take back what one author wrote; what others wrote since stays"),
          row(
              "authors",
              Section.USE,
              Module.TOOL,
              TOOL + "AuthorsCommand",
              "the keys by which authors sign: make, add, list, revoke"),
          row(
              "finality",
              Section.USE,
              Module.TOOL,
              TOOL + "FinalityCommand",
              "how far a version has come towards the chain"),
          row(
              "status",
              Section.USE,
              Module.TOOL,
              TOOL + "StatusCommand",
              "how a member and its parts do, and the heads of its spaces"),
          row(
              "prove",
              Section.PROVE,
              Module.TOOL,
              TOOL + "ProveCommand",
              "write a proof of what stands at a path, from a running member's API"),
          row(
              "verify",
              Section.PROVE,
              Module.TOOL,
              TOOL + "VerifyCommand",
              "check a proof with no member running; 0 holds, 7 does not, 2 unreadable"),
          row(
              "audit",
              Section.PROVE,
              Module.TOOL,
              TOOL + "AuditCommand",
              "have the members of a running grid recompute every space"),
          row(
              "fsck",
              Section.STORE,
              Module.TOOL,
              TOOL + "FsckCommand",
              "recompute every root of every space, compare all that the store says"),
          row(
              "keys",
              Section.STORE,
              Module.TOOL,
              TOOL + "KeysCommand",
              "make, list, rotate and revoke the keys of the HTTP API"),
          row(
              "trail",
              Section.STORE,
              Module.TOOL,
              TOOL + "TrailCommand",
              "print the audit trail, an entry a line: who did what over HTTP"),
          row(
              "export",
              Section.STORE,
              Module.TOOL,
              TOOL + "ExportCommand",
              "write a space as JSON Lines"),
          row(
              "import",
              Section.STORE,
              Module.TOOL,
              TOOL + "ImportCommand",
              "verify an export and bring it in; goes on where it was interrupted"),
          row(
              "backup",
              Section.STORE,
              Module.TOOL,
              TOOL + "BackupCommand",
              "a whole copy of the SQLite store as of one moment, while members run"),
          row(
              "compact",
              Section.STORE,
              Module.TOOL,
              TOOL + "CompactCommand",
              "give free pages of the SQLite store back to the disk; no member may run"),
          row(
              "doctor",
              Section.STORE,
              Module.TOOL,
              TOOL + "DoctorCommand",
              "what the durability of an answer rests on, a line each"),
          row(
              "kill-test",
              Section.DRILL,
              Module.LOAD,
              LOAD + "KillTestCommand",
              "eight writers, kill -9 of the member, a restart, all answers held against the log"),
          row(
              "chaos",
              Section.DRILL,
              Module.LOAD,
              LOAD + "ChaosCommand",
              "members, bots and faults by a schedule; all answers held against the log"),
          row(
              "roll-test",
              Section.DRILL,
              Module.LOAD,
              LOAD + "RollTestCommand",
              "three members restarted in turn under sixteen writers; nobody may be refused"),
          row(
              "soak",
              Section.DRILL,
              Module.LOAD,
              LOAD + "SoakCommand",
              "keys come and go; heap, threads, files and store must stop growing"),
          row(
              "greed-test",
              Section.DRILL,
              Module.LOAD,
              LOAD + "GreedTestCommand",
              "clients ask for all that they may at once; a member of little heap must live"),
          row(
              "race-test",
              Section.DRILL,
              Module.LOAD,
              LOAD + "RaceTestCommand",
              "clients race with If-Match while who commits is killed; one may win each version"),
          row(
              "laws",
              Section.DRILL,
              Module.LOAD,
              LOAD + "LawsCommand",
              "the laws of collective memory over random schedules; five broken joins are caught"),
          row(
              "load",
              Section.DRILL,
              Module.LOAD,
              LOAD + "LoadCommand",
              "a fleet of bots over HTTP, played by Gatling; its report is kept"),
          row(
              "checkpoint-test",
              Section.DRILL,
              Module.LOAD,
              LOAD + "CheckpointTestCommand",
              "checkpoints on a chain while leaders are killed; another verifier recomputes them"),
          row(
              "sim",
              Section.DRILL,
              Module.TOOL,
              HERE + "SimCommand",
              "the whole grid in one thread under simulated faults, many seeds"),
          row(
              "bench",
              Section.DRILL,
              Module.LOAD,
              LOAD + "BenchCommand",
              "what it costs: commits, http, events, spaces, lost-writes, chat-memory, replay, gaps,"
                  + " memory, micro, proofs, costs, start"),
          row(
              "build",
              Section.BUILD,
              Module.LAUNCHER,
              HERE + "LauncherCommands$Build",
              "build what is missing or older than its sources, without tests"),
          row(
              "test",
              Section.BUILD,
              Module.LAUNCHER,
              HERE + "LauncherCommands$Test",
              "every test of every module; then its minutes, and what was skipped"),
          row(
              "package",
              Section.BUILD,
              Module.TOOL,
              HERE + "PackageCommand",
              "a tar that runs without Maven, npm and this checkout"),
          row(
              "completion",
              Section.ABOUT,
              Module.TOOL,
              HERE + "CompletionCommand",
              "print the completion script of bash, zsh or fish"),
          row(
              "help",
              Section.ABOUT,
              Module.TOOL,
              HERE + "HelpCommand",
              "this list, or all about one command"));

  private CommandTable() {}

  private static Row row(String name, Section section, Module module, String type, String summary) {
    return new Row(name, section, module, type, summary);
  }

  /** The command of a name. */
  public static Optional<Row> row(String name) {
    return ROWS.stream().filter(row -> row.name().equals(name)).findFirst();
  }

  /** The commands of a section, in order. */
  public static List<Row> of(Section section) {
    List<Row> rows = new ArrayList<>(ROWS);
    rows.removeIf(row -> row.section() != section);
    return rows;
  }
}
