-- certfs.sql: AWS's procedures for replication over TLS, on a server of one's own whose host runs certfs.
--
--   CALL mysql.rds_import_binlog_ssl_material('{"ssl_ca":"...","ssl_cert":"...","ssl_key":"..."}');
--   CALL mysql.rds_remove_binlog_ssl_material();
--   CALL mysql.rds_set_binlog_source_ssl(1);   -- 0 switches it off
--
-- Load it as an administrator, on each server by itself: mariadb < certfs.sql, mysql < certfs.sql. Whoever loads it
-- lends the procedures the FILE privilege and the right to configure replication; callers need EXECUTE alone.
-- Loading it again replaces the procedures, and the grants on them go with the old ones: GRANT EXECUTE again.
--
-- For MariaDB 10.11 and newer and MySQL 5.6 to 9. On MySQL the request stands in the user variable @certfs_request
-- while certfs judges it, since EXECUTE .. USING takes nothing else; on MariaDB it is in no variable. A call that is
-- killed just before or after leaves it there, for that session alone, until its next call or its end.

SET @certfs_saved_log_bin = @@SESSION.sql_log_bin, @certfs_saved_sql_mode = @@SESSION.sql_mode,
    @certfs_saved_client = @@SESSION.character_set_client, @certfs_saved_results = @@SESSION.character_set_results,
    @certfs_saved_collation = @@SESSION.collation_connection;
SET SESSION sql_log_bin = 0;
-- What the procedures run under is what stands here while they are created, whatever their callers have set.
SET SESSION sql_mode = 'TRADITIONAL';
SET NAMES utf8mb4;

DELIMITER //

DROP FUNCTION IF EXISTS mysql.certfs_setting//
CREATE FUNCTION mysql.certfs_setting(setting VARCHAR(16)) RETURNS VARCHAR(255) CHARACTER SET utf8mb4
DETERMINISTIC NO SQL SQL SECURITY INVOKER
COMMENT 'Where certfs is on this host'
RETURN CASE setting
    -- The directory import/ as this server may write to it: below secure_file_priv, where the mount itself must not be.
    WHEN 'import' THEN '/var/lib/mysql-files/certfs'
    -- The directory with ca.pem, cert.pem and key.pem of the set that the requests change.
    WHEN 'material' THEN '/run/certfs/certificates/binlog'
END//

-- Where the answer is differs from server to server. What one does not have, or denies, is NULL.
DROP PROCEDURE IF EXISTS mysql.certfs_ask//
CREATE PROCEDURE mysql.certfs_ask(IN question VARCHAR(255) CHARACTER SET utf8mb4,
    OUT answer VARCHAR(255) CHARACTER SET utf8mb4)
READS SQL DATA SQL SECURITY INVOKER
COMMENT 'Asks about this session; for certfs_request'
BEGIN
    DECLARE CONTINUE HANDLER FOR NOT FOUND, SQLEXCEPTION BEGIN END;
    SET @certfs_answer = NULL, @certfs_statement = CONCAT('SELECT ', question, ' LIMIT 1 INTO @certfs_answer');
    PREPARE certfs_statement FROM @certfs_statement;
    EXECUTE certfs_statement;
    DEALLOCATE PREPARE certfs_statement;
    SET answer = @certfs_answer;
    SET @certfs_answer = NULL, @certfs_statement = NULL;
END//

-- Hands one request to certfs, with the rights of the procedure that calls it. What certfs refuses, and what keeps the
-- request from it, is an error. `kind_of_name` begins the name in import/: by that of import- certfs takes imports alone,
-- whatever Action a caller's document has. `findings`: the warnings and repairs of what was done, one a line.
DROP PROCEDURE IF EXISTS mysql.certfs_request//
CREATE PROCEDURE mysql.certfs_request(IN kind_of_name VARCHAR(16) CHARACTER SET utf8mb4,
    IN request LONGTEXT CHARACTER SET utf8mb4, IN is_secret BOOLEAN, OUT findings TEXT CHARACTER SET utf8mb4)
READS SQL DATA SQL SECURITY INVOKER
COMMENT 'Hands one request to certfs; for the procedures rds_*'
BEGIN
    DECLARE cipher, kind, host, answer VARCHAR(255) CHARACTER SET utf8mb4;
    DECLARE path VARCHAR(320) CHARACTER SET utf8mb4;

    CALL mysql.certfs_ask(
        'VARIABLE_VALUE FROM performance_schema.session_status WHERE VARIABLE_NAME = ''Ssl_cipher''', cipher);
    IF cipher IS NULL THEN
        CALL mysql.certfs_ask(
            'VARIABLE_VALUE FROM information_schema.SESSION_STATUS WHERE VARIABLE_NAME = ''Ssl_cipher''', cipher);
    END IF;
    CALL mysql.certfs_ask(
        'CONNECTION_TYPE FROM performance_schema.threads WHERE PROCESSLIST_ID = CONNECTION_ID()', kind);
    CALL mysql.certfs_ask('HOST FROM information_schema.PROCESSLIST WHERE ID = CONNECTION_ID()', host);
    -- A host without a port is the socket; TCP from the same host is localhost:PORT where names are resolved.
    IF is_secret AND COALESCE(cipher, '') = '' AND
        COALESCE(kind, IF(host = 'localhost', 'Socket', ''), '') <> 'Socket' THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT =
        'This connection is not encrypted: use TLS or the local socket, and a new key if this one was sent in clear';
    END IF;

    SET path = CONCAT(mysql.certfs_setting('import'), '/', kind_of_name, REPLACE(UUID(), '-', ''));
    BEGIN
        DECLARE EXIT HANDLER FOR SQLEXCEPTION
        BEGIN
            SET @certfs_request = NULL, @certfs_statement = NULL;
            BEGIN
                DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END;
                DEALLOCATE PREPARE certfs_statement;
            END;
            SET answer = LEFT(SUBSTRING_INDEX(
                CONVERT(LOAD_FILE(CONCAT(path, '.answer')) USING utf8mb4), '\n', 1), 128);
            IF answer IS NULL THEN
                RESIGNAL;
            END IF;
            SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = answer;
        END;
        -- MariaDB binds the parameter itself. Some clients strip its comments; then it does as MySQL does.
        /*M!100203 EXECUTE IMMEDIATE CONCAT('SELECT ? INTO DUMPFILE ', QUOTE(path)) USING request; IF FALSE THEN */
        SET @certfs_request = request, @certfs_statement = CONCAT('SELECT ? INTO DUMPFILE ', QUOTE(path));
        PREPARE certfs_statement FROM @certfs_statement;
        EXECUTE certfs_statement USING @certfs_request;
        SET @certfs_request = NULL, @certfs_statement = NULL;
        DEALLOCATE PREPARE certfs_statement;
        /*M!100203 END IF; */
    END;
    -- A directory that only looks like import/ keeps what it was given.
    SET findings = CONVERT(LOAD_FILE(CONCAT(path, '.answer')) USING utf8mb4);
    IF findings IS NULL THEN
        SET answer = LEFT(CONCAT('No certfs there: delete ', path, ', it holds the key'), 128);
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = answer;
    END IF;
    SET findings = SUBSTRING(findings, CHAR_LENGTH(SUBSTRING_INDEX(findings, '\n', 1)) + 2);
END//

-- Answers with the message in a row, and each line of the findings in a row below it.
DROP PROCEDURE IF EXISTS mysql.certfs_answer//
CREATE PROCEDURE mysql.certfs_answer(IN message VARCHAR(255) CHARACTER SET utf8mb4,
    IN findings TEXT CHARACTER SET utf8mb4)
READS SQL DATA SQL SECURITY INVOKER
COMMENT 'Shows what certfs answered; for the procedures rds_*'
BEGIN
    -- Done is done: where the rows cannot be made, the first one is shown.
    DECLARE EXIT HANDLER FOR SQLEXCEPTION
    BEGIN
        SET @certfs_statement = NULL;
        BEGIN
            DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END;
            DEALLOCATE PREPARE certfs_statement;
        END;
        SELECT message AS Message;
    END;
    SET @certfs_statement = CONCAT('SELECT ', QUOTE(message), ' AS Message');
    WHILE findings <> '' DO
        SET @certfs_statement = CONCAT(@certfs_statement, ' UNION ALL SELECT ',
            QUOTE(SUBSTRING_INDEX(findings, '\n', 1)));
        SET findings = SUBSTRING(findings, CHAR_LENGTH(SUBSTRING_INDEX(findings, '\n', 1)) + 2);
    END WHILE;
    PREPARE certfs_statement FROM @certfs_statement;
    SET @certfs_statement = NULL;
    EXECUTE certfs_statement;
    DEALLOCATE PREPARE certfs_statement;
END//

DROP PROCEDURE IF EXISTS mysql.rds_import_binlog_ssl_material//
CREATE PROCEDURE mysql.rds_import_binlog_ssl_material(IN ssl_material LONGTEXT CHARACTER SET utf8mb4)
READS SQL DATA SQL SECURITY DEFINER
COMMENT 'Imports the CA, certificate and key that replication presents; see share/certfs/certfs.sql'
BEGIN
    DECLARE findings TEXT CHARACTER SET utf8mb4;
    CALL mysql.certfs_request('import-', COALESCE(ssl_material, ''), TRUE, findings);
    CALL mysql.certfs_answer('SSL material import complete.', findings);
END//

DROP PROCEDURE IF EXISTS mysql.rds_remove_binlog_ssl_material//
CREATE PROCEDURE mysql.rds_remove_binlog_ssl_material()
READS SQL DATA SQL SECURITY DEFINER
COMMENT 'Removes and wipes what was imported; see share/certfs/certfs.sql'
BEGIN
    DECLARE findings TEXT CHARACTER SET utf8mb4;
    CALL mysql.certfs_request('remove-', '{"Action":"rds_remove_binlog_ssl_material"}', TRUE, findings);
    CALL mysql.certfs_answer(CONCAT('SSL material removal complete. A replica that still presents it cannot connect ',
        'again: import anew, or CALL mysql.rds_set_binlog_source_ssl(0)'), findings);
END//

-- Tells the replica (the one without a name) to present what was imported, if it is served. It must be stopped.
DROP PROCEDURE IF EXISTS mysql.rds_set_binlog_source_ssl//
CREATE PROCEDURE mysql.rds_set_binlog_source_ssl(IN ssl_enabled INT)
READS SQL DATA SQL SECURITY DEFINER
COMMENT 'Switches TLS of replication on (1) or off (0); see share/certfs/certfs.sql'
BEGIN
    DECLARE material VARCHAR(255) CHARACTER SET utf8mb4 DEFAULT mysql.certfs_setting('material');
    DECLARE findings TEXT CHARACTER SET utf8mb4;
    DECLARE verb VARCHAR(32) DEFAULT 'CHANGE MASTER TO';
    DECLARE side VARCHAR(32) DEFAULT 'MASTER_SSL';
    DECLARE EXIT HANDLER FOR SQLEXCEPTION
    BEGIN
        SET @certfs_statement = NULL;
        BEGIN
            DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END;
            DEALLOCATE PREPARE certfs_statement;
        END;
        RESIGNAL;
    END;
    /*!80023 SET verb = 'CHANGE REPLICATION SOURCE TO', side = 'SOURCE_SSL'; */

    IF COALESCE(ssl_enabled, -1) NOT IN (0, 1) THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'rds_set_binlog_source_ssl takes 1 (on) or 0 (off)';
    END IF;
    -- The files themselves are outside of what the server may look at, so certfs is asked.
    IF ssl_enabled THEN
        CALL mysql.certfs_request('ask-', '{"Action":"DescribeCertificates"}', FALSE, findings);
    END IF;
    SET @certfs_statement = CONCAT(verb, ' ', side, ' = ', ssl_enabled,
        ', ', side, '_CA = ', QUOTE(IF(ssl_enabled, CONCAT(material, '/ca.pem'), '')),
        ', ', side, '_CERT = ', QUOTE(IF(ssl_enabled, CONCAT(material, '/cert.pem'), '')),
        ', ', side, '_KEY = ', QUOTE(IF(ssl_enabled, CONCAT(material, '/key.pem'), '')));
    PREPARE certfs_statement FROM @certfs_statement;
    EXECUTE certfs_statement;
    SET @certfs_statement = NULL;
    DEALLOCATE PREPARE certfs_statement;
    SELECT IF(ssl_enabled, 'SSL for replication is on.', 'SSL for replication is off.') AS Message;
END//

DELIMITER ;

SET SESSION sql_log_bin = @certfs_saved_log_bin, SESSION sql_mode = @certfs_saved_sql_mode,
    SESSION character_set_client = @certfs_saved_client, SESSION character_set_results = @certfs_saved_results,
    SESSION collation_connection = @certfs_saved_collation;
SET @certfs_saved_log_bin = NULL, @certfs_saved_sql_mode = NULL, @certfs_saved_client = NULL,
    @certfs_saved_results = NULL, @certfs_saved_collation = NULL;
