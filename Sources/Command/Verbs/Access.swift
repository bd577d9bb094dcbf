package import ArgumentParser
internal import Client
internal import Wire

// MARK: auth

package struct AuthEnableVerb: Verb {
    package static let examples = [
        Example("From now on, ask for rights", "martlet store auth enable --user root:secret")
    ]
    package static var configuration: CommandConfiguration {
        entry(
            "enable", "Ask for rights from now on.",
            more: "There must be a user 'root' with the role 'root', and it takes a user with that "
                + "role to do this, so that nobody is locked out. Nothing is permitted then that "
                + "was not granted.")
    }

    @OptionGroup package var reach: Reach
    package init() {}

    package func perform(_ session: Session) throws(Complaint) {
        let answer: AuthStatusResponse = try session.ask("enable access control") {
            $0.enableAccess(true, session.patience, then: $1)
        }
        session.print(Rendering.json(answer), or: "access control is on")
    }
}

package struct AuthDisableVerb: Verb {
    package static let examples = [
        Example("Let everybody do everything", "martlet store auth disable --user root --yes")
    ]
    package static var configuration: CommandConfiguration {
        entry("disable", "Let everybody do everything again.")
    }

    @Flag(help: "Do not ask.") package var yes = false
    @OptionGroup package var reach: Reach
    package init() {}

    package func perform(_ session: Session) throws(Complaint) {
        try session.confirm(yes, "let everybody do everything")
        let answer: AuthStatusResponse = try session.ask("disable access control") {
            $0.enableAccess(false, session.patience, then: $1)
        }
        session.print(Rendering.json(answer), or: "access control is off")
    }
}

package struct AuthStatusVerb: Verb {
    package static let examples = [
        Example("Is it on, and who am I?", "martlet store auth status")
    ]
    package static var configuration: CommandConfiguration {
        entry("status", "Show whether rights are asked for, and who you are.")
    }

    @OptionGroup package var reach: Reach
    package init() {}

    package func perform(_ session: Session) throws(Complaint) {
        let answer: AuthStatusResponse = try session.ask("look at access control") {
            $0.accessStatus(session.patience, then: $1)
        }
        session.print(Rendering.json(answer), or: Rendering.words(answer))
    }
}

// MARK: user

package struct UserAddVerb: Verb {
    package static let examples = [
        Example("Asks for the password", "martlet store user add bob"),
        Example("Comes by certificate or unix socket", "martlet store user add bob --no-password"),
        Example("For scripts", "martlet store user add bob --new-password-file bob.secret"),
    ]
    package static var configuration: CommandConfiguration { entry("add", "Add a user.") }

    @Argument(
        help: ArgumentHelp("Its name, and its password if you must.", valueName: "name[:password]"))
    package var name: String
    @OptionGroup package var secret: NewPassword
    @OptionGroup package var reach: Reach
    package init() {}

    package func perform(_ session: Session) throws(Complaint) {
        let (name, given) = NewPassword.split(name)
        let password = try secret.ask(session, name, given)
        let request = UserAddRequest(
            name: name, password: password ?? "", noPassword: password == nil)
        let answer: UserResponse = try session.ask("add user '\(name)'") {
            $0.addUser(request, session.patience, then: $1)
        }
        session.print(Rendering.json(answer), or: "user '\(name)' is added")
    }
}

package struct UserPasswordVerb: Verb {
    package static let examples = [
        Example("Asks for the new password", "martlet store user passwd bob")
    ]
    package static var configuration: CommandConfiguration {
        entry(
            "passwd", "Change a user's password.",
            more: "What is connected with the old one has to sign in anew.")
    }

    @Argument(help: "Its name.") package var name: String
    @OptionGroup package var secret: NewPassword
    @OptionGroup package var reach: Reach
    package init() {}

    package func perform(_ session: Session) throws(Complaint) {
        let password = try secret.ask(session, name, nil)
        let request = UserPasswordRequest(
            name: name, password: password ?? "", noPassword: password == nil)
        let answer: UserResponse = try session.ask("change the password of user '\(name)'") {
            $0.setPassword(request, session.patience, then: $1)
        }
        session.print(Rendering.json(answer), or: "the password of user '\(name)' is changed")
    }
}

package struct UserGetVerb: Verb {
    package static let examples = [Example("Its roles", "martlet store user get bob")]
    package static var configuration: CommandConfiguration { entry("get", "Show a user.") }

    @Argument(help: "Its name.") package var name: String
    @OptionGroup package var reach: Reach
    package init() {}

    package func perform(_ session: Session) throws(Complaint) {
        let answer: UserResponse = try session.ask("look at user '\(name)'") {
            $0.user(UserGetRequest(name: name), session.patience, then: $1)
        }
        session.print(Rendering.json(answer), or: Rendering.words(answer))
    }
}

package struct UserListVerb: Verb {
    package static let examples = [Example("All users", "martlet store user list")]
    package static var configuration: CommandConfiguration { entry("list", "List the users.") }

    @OptionGroup package var reach: Reach
    package init() {}

    package func perform(_ session: Session) throws(Complaint) {
        let answer: UserListResponse = try session.ask("list the users") {
            $0.users(session.patience, then: $1)
        }
        session.print(names: answer.names, as: "users")
    }
}

package struct UserDeleteVerb: Verb {
    package static let examples = [
        Example("Take it away", "martlet store user delete bob --yes")
    ]
    package static var configuration: CommandConfiguration { entry("delete", "Delete a user.") }

    @Argument(help: "Its name.") package var name: String
    @Flag(help: "Do not ask.") package var yes = false
    @OptionGroup package var reach: Reach
    package init() {}

    package func perform(_ session: Session) throws(Complaint) {
        try session.confirm(yes, "delete user '\(name)'")
        let _: UserListResponse = try session.ask("delete user '\(name)'") {
            $0.deleteUser(UserDeleteRequest(name: name), session.patience, then: $1)
        }
        session.print(
            Rendering.object([("deleted", .string(name))]), or: "user '\(name)' is deleted")
    }
}

package struct UserGrantRoleVerb: Verb {
    package static let examples = [
        Example("Bob may what the role permits", "martlet store user grant-role bob reader")
    ]
    package static var configuration: CommandConfiguration {
        entry("grant-role", "Give a user a role.")
    }

    @Argument(help: "The user's name.") package var name: String
    @Argument(help: "The role's name.") package var role: String
    @OptionGroup package var reach: Reach
    package init() {}

    package func perform(_ session: Session) throws(Complaint) {
        let request = UserGrantRoleRequest(name: name, role: role)
        let answer: UserResponse = try session.ask("give user '\(name)' the role '\(role)'") {
            $0.grantRole(request, session.patience, then: $1)
        }
        session.print(Rendering.json(answer), or: Rendering.words(answer))
    }
}

package struct UserRevokeRoleVerb: Verb {
    package static let examples = [
        Example("No longer", "martlet store user revoke-role bob reader")
    ]
    package static var configuration: CommandConfiguration {
        entry("revoke-role", "Take a role from a user.")
    }

    @Argument(help: "The user's name.") package var name: String
    @Argument(help: "The role's name.") package var role: String
    @OptionGroup package var reach: Reach
    package init() {}

    package func perform(_ session: Session) throws(Complaint) {
        let request = UserRevokeRoleRequest(name: name, role: role)
        let answer: UserResponse = try session.ask("take the role '\(role)' from user '\(name)'") {
            $0.revokeRole(request, session.patience, then: $1)
        }
        session.print(Rendering.json(answer), or: Rendering.words(answer))
    }
}
