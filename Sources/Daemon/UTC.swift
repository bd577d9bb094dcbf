package import Units

/// Points in time as people write them: `2026-11-21T03:04:05.678Z` (RFC 3339).
package enum UTC {
    /// `time` counts from 1970. The civil date by days: H. Hinnant, "chrono-compatible low-level
    /// date algorithms".
    package static func text(_ time: Instant) -> String {
        let milliseconds = time.nanoseconds / 1_000_000
        let seconds = milliseconds / 1_000
        let days = seconds / 86_400 + 719_468
        let era = days / 146_097
        let dayOfEra = days % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shifted + 2) / 5 + 1
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        let clock = seconds % 86_400
        return "\(pad(year, 4))-\(pad(month, 2))-\(pad(day, 2))T\(pad(clock / 3_600, 2)):"
            + "\(pad(clock / 60 % 60, 2)):\(pad(clock % 60, 2)).\(pad(milliseconds % 1_000, 3))Z"
    }

    private static func pad(_ number: UInt64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
