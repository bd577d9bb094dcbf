/// Majorities: of the voters, and while the membership is joint, of both sets (section 4.3).
extension Membership {
    enum Outcome: Equatable {
        case won
        case lost
        case open
    }

    /// How a vote stands, when `vote` tells what each member said so far.
    func outcome(_ vote: (MemberID) -> Bool?) -> Outcome {
        let coming = outcome(vote) { $0.seat == .voter }
        guard isJoint else { return coming }
        let outgoing = outcome(vote) { $0.outgoing }
        if coming == .lost || outgoing == .lost { return .lost }
        return coming == .won && outgoing == .won ? .won : .open
    }

    func hasMajority(_ agrees: (MemberID) -> Bool) -> Bool {
        outcome { agrees($0) } == .won
    }

    private func outcome(
        _ vote: (MemberID) -> Bool?, among isVoter: (Member) -> Bool
    ) -> Outcome {
        var voters = 0
        var yes = 0
        var no = 0
        for member in members where isVoter(member) {
            voters += 1
            guard let said = vote(member.id) else { continue }
            if said { yes += 1 } else { no += 1 }
        }
        precondition(yes + no <= voters, "each voter has one vote")
        let majority = voters / 2 + 1
        if yes >= majority { return .won }
        return no > voters - majority ? .lost : .open
    }
}
