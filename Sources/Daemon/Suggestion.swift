/// Which word was meant.
package enum Suggestion {
    /// The word that is most like `word`, if one is like it: a third of its letters may be wrong.
    package static func nearest(to word: String, among words: [String]) -> String? {
        guard word.utf8.count <= Limits.suggestedWord, !word.isEmpty else { return nil }
        let allowed = max(1, word.utf8.count / 3)
        var best: (distance: Int, word: String)?
        for candidate in words where candidate.utf8.count <= Limits.suggestedWord {
            let distance = distance(word, candidate)
            if distance <= allowed, distance < best?.distance ?? .max {
                best = (distance, candidate)
            }
        }
        return best?.word
    }

    /// ` Did you mean 'put'?` or nothing: to be added to a message.
    package static func question(_ word: String, among words: [String]) -> String {
        nearest(to: word, among: words).map { "; did you mean '\($0)'?" } ?? ""
    }

    /// Letters to insert, remove, replace, or swap with their neighbour (optimal string alignment).
    package static func distance(_ left: String, _ right: String) -> Int {
        let left = Array(left.utf8)
        let right = Array(right.utf8)
        var before: [Int] = []
        var last = Array(0...right.count)
        for row in 0..<left.count {
            var line = [row + 1]
            for column in 0..<right.count {
                let replaced = last[column] + (left[row] == right[column] ? 0 : 1)
                var least = min(replaced, last[column + 1] + 1, line[column] + 1)
                if row > 0, column > 0, left[row] == right[column - 1],
                    left[row - 1] == right[column]
                {
                    least = min(least, before[column - 1] + 1)
                }
                line.append(least)
            }
            before = last
            last = line
        }
        return last[right.count]
    }
}
