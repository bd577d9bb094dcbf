/// The word that somebody probably meant.
package enum Suggestion {
    /// The nearest of `words`, if it is near: a third of its letters wrong, at most, or begun well.
    package static func nearest(to word: String, among words: [String]) -> String? {
        guard !word.isEmpty else { return nil }
        var best: (word: String, distance: Int)?
        for candidate in words {
            let distance = distance(Array(word.utf8), Array(candidate.utf8))
            guard distance <= max(1, max(candidate.utf8.count, word.utf8.count) / 3) else {
                continue
            }
            if best.map({ distance < $0.distance }) ?? true { best = (candidate, distance) }
        }
        return best?.word ?? begun(word, among: words)
    }

    private static func begun(_ word: String, among words: [String]) -> String? {
        let found = words.filter { $0.hasPrefix(word) }
        return found.count == 1 && word.utf8.count >= 2 ? found[0] : nil
    }

    /// Letters to insert, drop, change or swap with their neighbour (optimal string alignment).
    package static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var before: [Int] = []
        var above = Array(0...right.count)
        for row in 0..<left.count {
            var current = [row + 1]
            for column in 0..<right.count {
                let change = above[column] + (left[row] == right[column] ? 0 : 1)
                var cost = min(change, above[column + 1] + 1, current[column] + 1)
                let isSwap =
                    row > 0 && column > 0 && left[row] == right[column - 1]
                    && left[row - 1] == right[column]
                if isSwap { cost = min(cost, before[column - 1] + 1) }
                current.append(cost)
            }
            before = above
            above = current
        }
        return above[right.count]
    }
}
