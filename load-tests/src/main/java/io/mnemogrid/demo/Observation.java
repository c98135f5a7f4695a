package io.mnemogrid.demo;

/** What the demo must have seen to end well. */
enum Observation {
  UP_TO_100("1", "the state and its updates stand: versions 1 to 100, none missing"),
  SLEEPER("4", "a bot that slept at version 99 replays what it missed and has the others' root"),
  BOTH_KEPT("2", "A counts, B adds a contact from the same version 100: 101 and 102, both kept"),
  NOTHING_LOST("2", "two bots counting at once lose nothing"),
  HIGHER_FIRST("3", "the higher timestamp stands when it comes first, and the log holds both"),
  HIGHER_LAST("3", "the higher timestamp stands when it comes last, and the log holds both"),
  OWN_PAGES("7", "a bot writes its own page, and the policy refuses it the other's"),
  AUDITED("5", "the root that Jet recomputed is the committers' and both bots'"),
  A_FINAL("5", "A sees its version finalized"),
  B_FINAL("5", "B sees its version finalized"),
  ANCHORED("6", "the checkpoint read back is the header that the API hands out"),
  FOREST("6", "the header commits to the heads of all spaces in the manifests"),
  STATE("6", "the root recomputed from GET …/state?reserved=yes is the one in the checkpoint"),
  LOG("6", "the log root recomputed from GET …/updates is the one in the checkpoint");

  private final String step;
  private final String sentence;

  Observation(String step, String sentence) {
    this.step = step;
    this.sentence = sentence;
  }

  String step() {
    return step;
  }

  String sentence() {
    return sentence;
  }
}
