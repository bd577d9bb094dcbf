import Testing

/// The house as it stands keeps its rules.
@Suite struct House {
    @Test func roomsImportOnlyWhatTheFloorPlanAllows() {
        expectNone(ImportRule.complaints(Tree.sources, allowed: Floors.allowed))
        expectNone(ImportRule.complaints(Manifest(Tree.package), allowed: Floors.allowed))
    }

    @Test func theManifestIsUnderstood() {
        let targets = Manifest(Tree.package).targets
        #expect(targets.contains { $0.name == "Raft" && $0.imports == ["Units"] })
        let folders = Set(Tree.sources.filter(\.isSwift).map(\.room))
        #expect(folders.subtracting(targets.map(\.name)).sorted() == [])
    }

    @Test func everyRoomHasAFrontDoor() {
        expectNone(FrontDoorRule.complaints(Tree.sources))
    }

    @Test func testsNeverSleep() { expectNone(SleepRule.complaints(Tree.files("Tests"))) }

    @Test func coresNeverIterateWhatHasNoOrder() {
        let cores = Tree.sources.filter { Floors.cores.contains($0.room) }
        expectNone(IterationRule.complaints(cores))
    }

    @Test(.enabled(if: !Manifest(Tree.package).programs.isEmpty, "there are no programs yet"))
    func servicesAreThePrograms() {
        let programs = Manifest(Tree.package).programs
        expectNone(ServiceRule.complaints(units: Tree.files("services"), programs: programs))
    }

    @Test func theTopHoldsOnlyWhatBelongsThere() {
        let ignored = Tree.files(".gitignore").first.map(TopLevelRule.ignored) ?? []
        expectNone(TopLevelRule.complaints(Tree.topLevel, ignored: ignored))
    }

    @Test func nothingTellsOfTheDesk() {
        let all = Tree.files(
            "Package.swift", "Sources", "Tests", "proto", "services", "compose", ".ci", "README.md",
            "CHANGELOG.md", ".gitignore")
        expectNone(WordRule.complaints(all))
    }

    private func expectNone(
        _ complaints: [String], sourceLocation: SourceLocation = #_sourceLocation
    ) {
        for complaint in complaints { Issue.record("\(complaint)", sourceLocation: sourceLocation) }
    }
}
